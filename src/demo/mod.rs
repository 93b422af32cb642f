//! The loopback forge and its world.
//!
//! A stateful stand-in for the real forge, in this process and on the loopback address only: REST
//! and GraphQL as far as this program uses them, and git over HTTP. It serves the demo and the
//! tests alike.
//!
//! - `world` tells the story and says what is true of it ([`Truth`]).
//! - `server`, `doors`, `socket`, `wire`, `limits`, `exchange` are how any request is treated;
//!   `faults` says what can go wrong on order, and `mischief` does it.
//! - `rest`, `graphql`, `git_http`, `storage` answer.
//! - `control` is the hand on the forge, and `acts` is what it can do to the world ([`Act`]).

mod acts;
mod clock;
mod control;
mod doors;
mod error;
mod exchange;
mod faults;
mod forge;
mod git_http;
mod graphql;
mod limits;
mod mischief;
mod request;
mod rest;
mod server;
mod socket;
mod storage;
mod wire;
mod world;

pub use acts::Act;
pub use control::Control;
pub use error::DemoError;
pub use exchange::Exchange;
pub use faults::{Fault, FaultKind, WrongLink};
pub use forge::{DemoForge, DemoOptions, ListedChange};
pub use world::{
    AttemptTruth, ChangeTruth, FailingTruth, RequirementTruth, ReviewTruth, RunTruth, Scale,
    TestTruth, Truth,
};
