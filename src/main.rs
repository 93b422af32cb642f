//! The `proofline` binary: everything lives in the library.
fn main() {}
