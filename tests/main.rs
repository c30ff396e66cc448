//! The end-to-end tests: the program as its users run it, against real nix, real sshd and real machines.
//!
//! Each test has its own sandbox, so all of them can run side by side. What this computer cannot hold is a visible skip,
//! and a failure where `NIXWRIGHT_REQUIRE_E2E` is set.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at the real world, which they share with no user"
)]

mod bad_input;
mod browser;
mod built_there;
mod changes;
mod ci;
mod commands;
mod confirmed;
mod deployer;
mod dialects;
mod editor_setups;
mod evaluated;
mod exec;
mod failures;
mod faults;
mod graphs;
mod history;
mod hooks;
mod keys;
mod moving;
mod nix_versions;
mod operators;
mod planned;
mod reboots;
mod records;
mod resumed;
mod rights;
mod rollout;
mod run_pages;
mod sealing;
mod shells;
mod status;
mod support;
mod systemd;
mod three_tiers;
mod tutorial;
