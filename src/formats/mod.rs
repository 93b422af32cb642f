//! From bytes to the model: specs, test results, scan reports, archives, source annotations, gate
//! files.
//!
//! Readers are pure and bounded. They never fail whole for one bad item: what could not be read
//! comes back as a [`Problem`](crate::model::Problem) beside what could.

mod annotations;
pub mod archive;
pub mod bundle;
pub mod check_annotations;
pub mod contract;
mod encoding;
pub mod files;
pub mod gates;
pub mod kinds;
pub mod lexer;
pub mod logs;
pub mod patterns;
pub mod results;
pub mod rust_source;
pub mod sarif;
pub mod source;
pub mod specs;
pub mod suppressions;
mod test_lines;
pub mod test_side;
mod test_tree;
pub mod tree_file;
