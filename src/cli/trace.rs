//! `trace`: from a test to its requirement, from a requirement to its tests, or the coverage table.

use super::{
    change::ChangeArg,
    common::Common,
    error::{CliError, ExitKind},
    json, load,
    out::output,
    plain::{self, Marks},
};
use crate::{app::words, decide::Dossier, model::PartName, sync::Engine};

/// Arguments of `trace`.
#[derive(Debug, clap::Args)]
pub(super) struct TraceArgs {
    pub change: ChangeArg,
    /// Test or requirement; without it the coverage table
    pub what: Option<String>,
}

/// Runs the command.
pub(super) async fn run(common: &Common, engine: &Engine, args: TraceArgs) -> Result<u8, CliError> {
    let dossier = load::dossier(common, engine, args.change.number).await?;
    change(common, &dossier, args.what.as_deref())
}

/// Prints what is asked of one change.
pub(super) fn change(
    common: &Common,
    dossier: &Dossier,
    what: Option<&str>,
) -> Result<u8, CliError> {
    let Some(what) = what else {
        return output(
            common,
            || json::coverage(dossier),
            || plain::coverage(dossier, Marks::of(common)),
        );
    };
    let evidence = &dossier.evidence;
    let known = crate::evidence::links::specs_at(&evidence.facts, evidence.head());
    if known
        .iter()
        .any(|r| r.id.as_str().eq_ignore_ascii_case(what))
    {
        return output(
            common,
            || json::requirement(dossier, what),
            || plain::requirement(dossier, what, Marks::of(common)),
        );
    }
    let rows = evidence.matrix.find(what);
    match rows.as_slice() {
        [] => {
            let hint = if evidence.facts.local {
                "`proofline local --results FILE` opens the range; `t` there lists its requirements"
            } else {
                "`proofline trace N` lists the requirements, `proofline attempts N` the tests that failed or moved"
            };
            let parts = [
                PartName::Results,
                PartName::Artifacts,
                PartName::Runs,
                PartName::Git,
            ];
            let what = match evidence
                .facts
                .hole(&parts)
                .filter(|_| !evidence.facts.local)
            {
                Some((part, state)) => format!(
                    "`{what}` is not known here, since {}",
                    words::part_hole(part, &state)
                ),
                None => format!("`{what}` is no test and no requirement of this change"),
            };
            Err(CliError::new(ExitKind::No, what).hinted(hint))
        }
        [row] => {
            let Some(trace) = crate::evidence::trace::of_test(evidence, &row.key) else {
                return Err(CliError::data("the test has no cell in any attempt"));
            };
            output(
                common,
                || json::trace(&trace),
                || plain::trace(&trace, Marks::of(common)),
            )
        }
        several => {
            let names: Vec<String> = several.iter().take(10).map(|r| r.key.to_string()).collect();
            Err(
                CliError::usage(format!("`{what}` names {} tests", several.len()))
                    .hinted(format!("one of {}", names.join(", "))),
            )
        }
    }
}
