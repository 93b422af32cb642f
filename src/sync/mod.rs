//! Sync: pulls the list and each change's evidence from the forge into the cache, fetches git
//! objects, and delivers the outbox. [`crate::query`] reads what it filled.
//!
//! What is asked for is planned by a pure function ([`plan`]); the engine does it, part by part. A
//! round has two halves: the list, or four feeds that tell what changed and one of the repository's
//! slower parts; then the evidence of what did. What a feed tells is noted on the changes before its
//! tag is believed.
//! Each part is written in one transaction with the tags of the answers it came from, so that a
//! sync that is killed at any point continues, and never shows half as whole.

mod at_once;
mod attestations;
mod branch_rules;
mod by_api;
mod change;
mod checks;
mod contracts;
mod details;
mod engine;
mod feeds;
mod fetch;
mod git;
mod index;
mod issues;
mod judge;
mod list;
mod long_list;
mod merge;
mod meter;
mod outbox;
mod parts;
pub mod plan;
mod repository;
mod results;
mod round;
mod runs;
mod scans;
mod settle;
mod settled;
mod under_way;
mod viewer;

pub use contracts::CONTRACT_FILE;
pub use engine::{Engine, Folders, Pulled, Report, SyncError};
pub use outbox::Nudged;
pub use repository::unknown_without;
pub use round::Ask;
