//! proofline: a terminal workbench for reviewing changes in AI-native development.
pub mod app;
pub mod cli;
pub mod contract;
pub mod decide;
pub mod demo;
pub mod evidence;
pub mod forge;
pub mod formats;
pub mod keys;
pub mod model;
pub mod repo;
pub mod shell;
pub mod store;
pub mod sync;
pub mod text;
pub mod theme;
pub mod ui;
