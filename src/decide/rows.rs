//! Rows of lists: what is known of each change, and of each delivery.

use super::{Delivery, record::Kind};
use crate::{
    contract::Summary,
    model::{ChangeId, PullRequest, Timestamp},
};

/// A change in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    pub id: ChangeId,
    pub pr: PullRequest,
    /// Absent before the first sync of the change.
    pub summary: Option<Summary>,
}

/// A delivery with what is known of its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub delivery: Delivery,
    pub kind: Option<Kind>,
    pub made_at: Option<Timestamp>,
}
