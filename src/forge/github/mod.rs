//! GitHub: its addresses, its paging, its wire types, its GraphQL documents. Nothing outside of this
//! folder and the client knows any of them.
//!
//! An endpoint is one function here, which gives a [`List`] or a [`One`], and one wire type. Functions
//! that ask several times, or write, return records at once.

mod annotations;
mod changes;
mod checks;
mod findings;
mod graphql;
mod list;
mod merge;
mod objects;
mod open;
mod repository;
mod threads;
pub mod wire;
mod write;

pub use annotations::{ANNOTATIONS_QUERY, CHECKS_A_QUERY};
pub use graphql::{GraphqlProblem, GraphqlReply};
pub use list::{CHANGES_QUERY, Counts, LIST_QUERY, ListPage};
pub use merge::{MERGE_QUERY, MergePage};
pub use objects::{Tip, Tree, TreeRow};
pub use open::{OPEN_A_PAGE, OpenPage};
pub use repository::joined_rules;
pub use threads::{THREADS_QUERY, ThreadPage};

use serde::de::DeserializeOwned;

use super::{
    host::ApiRoots,
    resource::{List, One},
};
use crate::model::RepoId;
use wire::IntoModel;

/// Items of a page, where a list does not ask for less.
const A_PAGE: usize = 100;

/// Where a repository is.
fn base(repo: &RepoId) -> String {
    format!("/repos/{}", repo.slug())
}

fn list<W>(address: String, key: Option<&'static str>) -> List<W::Model>
where
    W: DeserializeOwned + IntoModel,
{
    List {
        address,
        key,
        read: wire::decode_list::<W>,
    }
}

fn one<W>(address: String) -> One<W::Model>
where
    W: DeserializeOwned + IntoModel,
{
    One {
        address,
        read: wire::decode_one::<W>,
    }
}

/// Adds the size of a page to an address.
fn paged(mut address: String) -> String {
    address.push(if address.contains('?') { '&' } else { '?' });
    address + &format!("per_page={A_PAGE}")
}

/// Returns the key under which an answer is kept. A renamed repository keeps its answers, and the
/// addresses of next pages, which name it by number, are the same as our own. `known` is the number and
/// the name of the repository here.
pub(super) fn key(roots: &ApiRoots, url: String, known: Option<(i64, &RepoId)>) -> String {
    let Some(path) = url.strip_prefix(&roots.rest) else {
        return url;
    };
    let Some((id, called)) = known else {
        return url;
    };
    let own = base(called);
    let is_below = |rest: &&str| rest.is_empty() || rest.starts_with(['/', '?']);
    let below = path.strip_prefix(&own).filter(is_below).or_else(|| {
        let numbered = path.strip_prefix("/repositories/")?;
        numbered.find('/').and_then(|at| numbered.get(at..))
    });
    match below {
        Some(below) => format!("{}#{id}{below}", ApiRoots::origin(&url).unwrap_or_default()),
        None => url,
    }
}
