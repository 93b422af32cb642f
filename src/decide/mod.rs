//! Decisions: the record, its canonical bytes, how it reads on the forge, how it is read back, and
//! the outbox machine. Pure; ids and times come in as values.

pub mod dossier;
pub mod draft;
mod intact;
pub mod outbox;
pub mod read;
pub mod record;
pub mod render;
mod rows;

pub use dossier::Dossier;
pub use draft::{Draft, DraftProblem, Shown};
pub use intact::intact;
pub use outbox::{Delivery, DeliveryState, Effect, Event, MAX_WAIT, Next, OtherCopy, Payload};
pub use read::{RecordState, RecordedDecision};
pub use record::{Bound, DecisionId, DecisionRecord, Kind, Target};
pub use rows::{InboxRow, OutboxRow};
