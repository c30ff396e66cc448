//! Never a wrong value: what our evaluator says of random programs, of real networks and of NixOS itself is compared
//! with real Nix, and where parts of a program are unknown to us, with real Nix for several values of those parts.
//!
//! A few seconds are enough for a short run, which is part of every test run on a computer with Nix. A long one:
//! `NIXWRIGHT_SOUNDNESS=100000 cargo test --release --test soundness -- --nocapture`, with `NIXWRIGHT_SEED=…` for other
//! programs.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests look at the real machine, and stop at the first surprise"
)]

mod choices;
mod examples;
mod given;
mod hostile;
#[path = "../../fuzz/targets/invariants.rs"]
mod invariants;
mod lockout;
mod native;
mod nix;
mod nixos;
mod options;
mod plain;
mod program;
mod replay;
mod runs;
mod several_files;
mod structured;
mod tree;
