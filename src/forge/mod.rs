//! The forge client: octocrab as client, authentication and transport, with our own tower stack
//! under it, and tolerant wire types over raw JSON.
//!
//! octocrab's default retry sends a failed write again, its cache hides 304, and it sets no
//! timeouts, so none of these is used. All but identity is optional in every wire type; list items
//! are decoded one by one, so that one bad item never hides a page.

mod annotations;
mod budget;
mod client;
mod clock;
mod download;
mod error;
mod git_address;
mod graphql;
mod host;
mod list;
mod log;
mod merge;
mod open;
mod page;
mod proxy;
mod refusal;
mod remote;
mod threads;
mod token;
mod transport;
pub mod wire;
mod write;

pub use annotations::{ANNOTATIONS_QUERY, CHECKS_A_QUERY};
pub use budget::{Budget, IN_FLIGHT};
pub use client::{Answer, Forge, RAW, SARIF, Validators};
pub use clock::{Clock, SystemClock, Timeouts};
pub use error::{ForgeError, Kind};
pub use graphql::{GraphqlProblem, GraphqlReply};
pub use host::ApiRoots;
pub use list::{CHANGES_QUERY, Counts, LIST_QUERY, ListPage};
pub use log::{LogEntry, RequestLog};
pub use merge::{MERGE_QUERY, MergePage};
pub use open::{OPEN_A_PAGE, OpenPage};
pub use page::{Pages, Stop, encode, next_link};
pub use remote::{RemoteRepo, parse_remote, pick_remote, resolve_alias};
pub use threads::{THREADS_QUERY, ThreadPage};
pub use token::{TokenSource, find_token};
