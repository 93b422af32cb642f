//! Screens: keys go in, the real machine turns, and what is drawn is compared.

mod any_hands;
mod arriving;
mod behaviour;
mod bounds;
mod forge;
mod hands;
mod job_log;
mod newcomers;
mod pictures;
mod stage;
