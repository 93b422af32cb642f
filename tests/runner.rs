//! All integration tests, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a test stops where something is not as it should be, and says why it was skipped"
)]

mod conformance;
mod corpora;
mod flows;
mod journeys;
mod local;
mod outbox;
mod screens;
mod store;
mod support;
mod sync;
mod tidy;
