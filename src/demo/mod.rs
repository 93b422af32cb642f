//! The loopback forge and its world.
