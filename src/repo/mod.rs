//! Git: the installed `git` fetches into a bare repository of our own, in a clean environment;
//! libgit2 does all reading. Nothing of a reviewed repository is ever run.

mod diff;
mod objects;
mod open;
mod shelf;
mod transfer;

pub use diff::{Changed, Look};
pub use objects::TreeFile;
pub use open::{Local, LocalRange, RepoError, discover};
pub use shelf::{ListedFile, Shelf};
pub use transfer::{Credentials, Transfer};
