//! What several tests share.

pub mod http;
pub mod install;
pub mod spec;
