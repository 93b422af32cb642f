//! The loopback forge and its world.

mod error;
mod world;

pub use error::DemoError;
