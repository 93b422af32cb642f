//! What holds for the tree as a whole.

mod layers;
mod tree;
