//! Whole ways through the program, against the loopback forge.

mod hosts;
mod world;
