//! The deterministic simulation: the real dispatcher and the real steps on machines that are made up, with troubles that
//! follow from a seed. The same seed gives the same run, moment by moment.
//!
//! `docs/simulation.md` says what is modelled; `make simulate` plays many seeds, or one with its whole story.

mod activation;
mod chance;
mod commands;
mod connections;
mod deployer;
mod invariants;
mod journal;
mod machine;
mod order;
mod play;
mod scenario;
mod site;
mod sweep;
mod time;
mod wanted;

/// The port that is asked before anything is touched.
const BEFORE: u16 = 9;
