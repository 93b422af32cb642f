//! The forge client: octocrab as client, authentication and transport, with our own tower stack
//! under it, and tolerant wire types over raw JSON.
//!
//! What is asked for is a [`List`] or a [`One`] of model records, which functions of [`Forge`] give:
//! "the jobs of try 2 of run 9". Addresses, paging and wire types are those of [`github`], and end there.
//!
//! octocrab's default retry sends a failed write again, its cache hides 304, and it sets no
//! timeouts, so none of these is used. All but identity is optional in every wire type; list items
//! are decoded one by one, so that one bad item never hides a page.

mod budget;
mod client;
mod clock;
mod download;
mod error;
mod git_address;
pub mod github;
mod host;
mod log;
mod page;
mod proxy;
mod refusal;
mod remote;
mod resource;
mod token;
mod transport;

pub use budget::{Budget, IN_FLIGHT};
pub use client::{Answer, Forge, Validators};
pub use clock::{Clock, SystemClock, Timeouts};
pub use error::{ForgeError, Kind};
pub use github::{
    ANNOTATIONS_QUERY, CHANGES_QUERY, CHECKS_A_QUERY, Counts, GraphqlProblem, GraphqlReply,
    LIST_QUERY, ListPage, MERGE_QUERY, MergePage, OPEN_A_PAGE, OpenPage, THREADS_QUERY, ThreadPage,
    Tip, Tree, TreeRow, joined_rules,
    wire::{GivenBundle, RepoIdentity},
};
pub use host::ApiRoots;
pub use log::{LogEntry, RequestLog};
pub use page::{Pages, Stop, next_link};
pub use remote::{RemoteRepo, parse_remote, pick_remote, resolve_alias};
pub use resource::{List, Listed, One};
pub use token::{TokenSource, find_token};
