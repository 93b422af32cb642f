//! Two `SQLite` files: the cache, which can be deleted at any time, and the ledger, which holds own
//! decisions and the outbox and is never deleted by this program.
//!
//! Each file has one writer thread that owns its connection, in WAL mode; reads go through read-only
//! connections, as many as there are readers at once. A write is one transaction: all of it is there
//! afterwards, or nothing.

mod cache;
mod database;
mod ledger;
mod migrations;

pub use cache::{
    Again, Cache, CachedResponse, ChangeRow, Derived, Document, FeedWrite, Hit, ListedFile, MANY,
    PartRow, PlanRow, Pruned, RepoPartRow, RepoRow, Sizes, StoredFile, StoredPart,
};
pub use database::{Opened, StoreError};
pub use ledger::Ledger;
