//! proofline: a terminal workbench for reviewing changes in AI-native development.
pub mod demo;
pub mod formats;
pub mod model;
pub mod text;
