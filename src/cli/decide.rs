//! `decide`: the same draft, ledger and outbox as the form, from the command line.

use super::{
    change::ChangeArg,
    common::Common,
    error::{CliError, ExitKind},
    json,
    out::{print, print_json, say},
};
use crate::{
    app::words,
    decide::{DecisionId, DeliveryState, Kind, render},
    model::{ChangeId, Login},
    query, shell,
    sync::{Engine, SyncError},
};

/// Kind of a decision.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum DecideKind {
    Approve,
    RequestChanges,
    ExceptionAsk,
}

/// Arguments of `decide`.
#[derive(Debug, clap::Args)]
pub(super) struct DecideArgs {
    pub kind: DecideKind,
    pub change: ChangeArg,
    /// The commit that was looked at; refused where the head is another
    #[arg(long, value_name = "SHA")]
    pub expect_head: String,
    /// Reason or review text
    #[arg(long, default_value = "")]
    pub reason: String,
    /// What the exception is for
    #[arg(long, default_value = "")]
    pub target: String,
    /// Compensating control, or none
    #[arg(long, default_value = "")]
    pub control: String,
    /// Login of the risk owner
    #[arg(long, default_value = "")]
    pub owner: String,
    /// Days until the exception ends
    #[arg(long, default_value = "30")]
    pub days: String,
    /// Do not ask; without it the decision is only shown
    #[arg(long)]
    pub yes: bool,
}

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    args: DecideArgs,
) -> Result<u8, CliError> {
    if common.readonly {
        return Err(CliError::usage("--readonly refuses every decision"));
    }
    let change = ChangeId {
        repo: engine.repo.clone(),
        number: args.change.number,
    };
    let mut away = common.offline;
    if !common.offline {
        let looked = async {
            engine.viewer_now().await?;
            engine.sync_change(args.change.number).await
        };
        match looked.await {
            Ok(()) => {}
            // What is cached can be decided on: the head is asked for before anything is sent.
            Err(SyncError::Forge(error)) if error.is_away() => {
                say(&format!("note: {error}; deciding on what is cached"));
                away = true;
            }
            Err(other) => return Err(other.into()),
        }
    }
    let now = engine.now();
    let dossier = engine.dossier(&change)?;
    let kind = match args.kind {
        DecideKind::Approve => Kind::Approve,
        DecideKind::RequestChanges => Kind::RequestChanges,
        DecideKind::ExceptionAsk => Kind::ExceptionAsk,
    };
    let mut draft = crate::app::draft(kind, &dossier, now);
    let head = draft.bound.head_sha.clone();
    let expected = args.expect_head.to_ascii_lowercase();
    if expected.len() < 7 {
        return Err(
            CliError::usage(format!("--expect-head {} is too short", args.expect_head))
                .hinted("give 7 digits at least, of the head that you looked at"),
        );
    }
    if !head.as_str().starts_with(&expected) {
        return Err(CliError::new(ExitKind::Conflict, format!("the head is {}, not {}", head.short(), args.expect_head))
            .hinted("look at the change as it is now, then give its head with --expect-head (7 digits at least)"));
    }
    (draft.target, draft.reason, draft.control) = (args.target, args.reason, args.control);
    (draft.owner, draft.days) = (args.owner, args.days);
    // Naming the head is the confirmation that the form asks for in high risk.
    draft.typed_sha = head.short().to_owned();
    let problems = draft.problems();
    if !problems.is_empty() {
        let mut error = CliError::usage("the decision cannot be made as it is");
        error
            .chain
            .extend(problems.iter().map(|p| format!("{}: {}", p.field, p.what)));
        return Err(error);
    }
    let visibility = dossier.evidence.facts.pr.visibility;
    let (asks, readers) = crate::app::readers(visibility, &change.repo.slug());
    let readers = crate::text::clean_line(&readers);
    if !args.yes {
        let viewer = dossier
            .evidence
            .facts
            .viewer
            .clone()
            .unwrap_or_else(|| Login::new("you"));
        let id = DecisionId("00000000000000000000000000".to_owned());
        let record = draft
            .record(id, &change, &viewer, now)
            .map_err(|_| CliError::data("the draft is not whole"))?;
        let body = render::human(&record);
        print(&format!(
            "Would be posted to {change}, bound to {head}.\n{readers}.\n\n{}\n\n",
            crate::text::clean(&body)
        ))?;
        print("Nothing was sent. Add --yes to record and send it.\n")?;
        return Ok(0);
    }
    if asks {
        say(&format!("note: {readers}"));
    }
    let blockers = &dossier.assessment.gaps;
    if !blockers.is_empty() && kind == Kind::Approve {
        say(&format!("note: recorded with {} blockers:", blockers.len()));
        for gap in blockers {
            say(&format!(
                "  {}: {}",
                gap.word(),
                crate::text::clean_line(&words::gap(&gap.why))
            ));
        }
    }
    let record = shell::record_decision(engine, &draft, &change, now).map_err(CliError::data)?;
    if away {
        print(&format!(
            "recorded as {}; kept in the outbox: `proofline outbox flush` sends it once the forge answers\n",
            record.id
        ))?;
        return Ok(0);
    }
    engine.deliver_only(&record.id).await?;
    engine.sync_change(args.change.number).await?;
    let rows = query::outbox(&engine.ledger)?;
    let Some(row) = rows.iter().find(|r| r.delivery.decision == record.id) else {
        return Err(CliError::data("the delivery is not in the ledger"));
    };
    if common.json {
        print_json(json::outbox(std::slice::from_ref(row)))?;
    } else {
        let (word, _, why) = crate::app::state_words(&row.delivery.state, engine.now());
        print(&format!(
            "{} {word}: {}\n",
            record.id,
            crate::text::clean_line(&why)
        ))?;
    }
    Ok(match &row.delivery.state {
        DeliveryState::Done { .. } => 0,
        DeliveryState::NeedsToken { .. } => ExitKind::Auth.code(),
        DeliveryState::Held { .. }
        | DeliveryState::OtherAccount { .. }
        | DeliveryState::Altered { .. } => ExitKind::Conflict.code(),
        DeliveryState::Refused { .. } => ExitKind::No.code(),
        _ => {
            say("hint: `proofline outbox flush` goes on with it");
            ExitKind::Network.code()
        }
    })
}
