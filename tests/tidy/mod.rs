//! What holds for the tree as a whole.

mod circles;
mod layers;
mod tree;
