//! `outbox`: what is on its way to the forge, and what a person does about it.

use super::{
    common::Common,
    error::{CliError, ExitKind},
    json,
    out::output,
    plain,
};
use crate::{
    decide::{DecisionId, Delivery, DeliveryState, Event},
    query,
    sync::{Engine, Nudged},
};

/// Arguments of `outbox`.
#[derive(Debug, clap::Args)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    action: Option<OutboxAction>,
}

/// What to do with the outbox.
#[derive(Debug, Clone, clap::Subcommand)]
enum OutboxAction {
    /// Deliver what is open
    Flush,
    /// Drop a decision that was not sent
    Drop { id: String },
    /// Try a held, refused or stuck delivery again
    Retry { id: String },
}

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    args: OutboxArgs,
) -> Result<u8, CliError> {
    let action = args.action;
    let event = match &action {
        Some(OutboxAction::Drop { id }) => Some((DecisionId(id.clone()), Event::Drop)),
        Some(OutboxAction::Retry { id }) => Some((DecisionId(id.clone()), Event::Retry)),
        _ => None,
    };
    if let Some((id, event)) = event {
        match engine.nudge(&id, &event)? {
            Nudged::Moved(_) => {}
            Nudged::Unknown => {
                return Err(CliError::new(
                    ExitKind::No,
                    format!("there is no decision {id} in the ledger"),
                ));
            }
            Nudged::Busy => {
                return Err(CliError::new(
                    ExitKind::No,
                    "another proofline delivers from this ledger right now",
                )
                .hinted("try again in a moment"));
            }
            Nudged::Unmoved(state) => {
                let (word, _, why) = crate::app::state_words(&state, engine.now());
                return Err(CliError::new(
                    ExitKind::No,
                    format!("nothing to do about {id}: it is {word}"),
                )
                .hinted(why));
            }
        }
    }
    if action.is_some() && !matches!(action, Some(OutboxAction::Drop { .. })) {
        if common.readonly || common.offline {
            return Err(CliError::usage("--readonly and --offline send nothing"));
        }
        if let Some(OutboxAction::Retry { id }) = &action {
            engine.deliver_only(&DecisionId(id.clone())).await?;
        } else {
            engine.deliver_now().await?;
        }
    }
    let rows = query::outbox(&engine.ledger)?;
    output(
        common,
        || json::outbox(&rows),
        || plain::outbox(&rows, engine.now()),
    )?;
    let sends = matches!(
        action,
        Some(OutboxAction::Flush | OutboxAction::Retry { .. })
    );
    let any = |is: fn(&Delivery) -> bool| rows.iter().any(|r| is(&r.delivery));
    Ok(if action.is_none() {
        0
    } else if any(|d| matches!(d.state, DeliveryState::NeedsToken { .. })) {
        ExitKind::Auth.code()
    } else if any(Delivery::is_held) {
        ExitKind::Conflict.code()
    } else if sends && any(Delivery::is_open) {
        ExitKind::Network.code()
    } else {
        0
    })
}
