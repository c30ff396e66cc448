//! One typed model of a network, whatever it was written in.

pub mod selectors;
mod suggest;

pub use suggest::{did_you_mean, nearest};
