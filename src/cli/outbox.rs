//! `outbox`: what is on its way to the forge, and what a person does about it.

use super::{
    args::{Common, OutboxAction},
    commands::output,
    error::{CliError, ExitKind},
    json, plain,
};
use crate::{
    decide::{DecisionId, Event},
    shell,
    sync::Engine,
};

/// Runs the command.
pub(super) async fn run(
    common: &Common,
    engine: &Engine,
    action: Option<OutboxAction>,
) -> Result<u8, CliError> {
    let event = match &action {
        Some(OutboxAction::Drop { id }) => Some((DecisionId(id.clone()), Event::Drop)),
        Some(OutboxAction::Retry { id }) => Some((DecisionId(id.clone()), Event::Retry)),
        _ => None,
    };
    if let Some((id, event)) = event {
        let found: Vec<_> = engine
            .ledger
            .deliveries(false)?
            .into_iter()
            .filter(|d| d.decision == id)
            .collect();
        if found.is_empty() {
            return Err(CliError::new(
                ExitKind::No,
                format!("there is no decision {id} in the ledger"),
            ));
        }
        for delivery in found {
            let next = delivery.clone().apply(event.clone(), engine.now());
            if next == delivery {
                return Err(CliError::new(
                    ExitKind::No,
                    "it cannot be done in the state that the delivery is in",
                )
                .hinted("what may have arrived is looked for first: `proofline outbox flush`"));
            }
            engine.ledger.claim(&delivery, &next)?;
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
    let rows = shell::outbox_rows(engine)?;
    let held = rows
        .iter()
        .any(|r| matches!(r.delivery.state, crate::decide::DeliveryState::Held { .. }));
    output(
        common,
        || json::outbox(&rows),
        || plain::outbox(&rows, engine.now()),
    )?;
    let waits = rows.iter().any(|r| r.delivery.is_open());
    let sends = matches!(
        action,
        Some(OutboxAction::Flush | OutboxAction::Retry { .. })
    );
    Ok(match (held && action.is_some(), waits && sends) {
        (true, _) => ExitKind::Conflict.code(),
        (false, true) => ExitKind::Network.code(),
        (false, false) => 0,
    })
}
