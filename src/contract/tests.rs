//! Tests of the built-in contract.
