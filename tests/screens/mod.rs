//! Screens: keys go in, the real machine turns, and what is drawn is compared.

mod behaviour;
mod bounds;
mod forge;
mod pictures;
mod stage;
