//! What several tests share.

pub mod decisions;
pub mod dump;
pub mod forge;
pub mod http;
pub mod install;
pub mod mirror;
pub mod secrets;
pub mod spec;
