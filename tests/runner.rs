//! All integration tests, in one binary.

mod conformance;
mod flows;
mod support;
