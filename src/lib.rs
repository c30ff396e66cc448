//! nixwright checks, deploys, remembers and draws networks of NixOS machines.
//!
//! This page is the map of the house. Data walks one way through its rooms, and a room uses only rooms on lower
//! floors (`tests/tidy.rs` reads every `use crate::` and keeps it so):
//!
//! ```text
//! files ─ text ─ syntax ─ value/eval ─ options ─ network ─┬─ checks ── findings ─ report
//!                                                         └─ graph ── plan ── steps ── execute ── journal
//! ```
//!
//! # Rooms
//! - [`text`] (floor 0): sources, spans, lines. Reads no file.
//! - [`system`] (0): the edge: files, processes, remote machines, clock, ids. Knows no meaning.
//! - [`findings`] (1): what is wrong in the user's Nix, as data. Knows no terminal and no format.
//! - [`syntax`] (1): rnix wrapped: text → nodes and errors, never `Err`. Evaluates nothing.
//! - [`value`] (2): values, attribute paths, *unknown because …*.
//! - [`eval`] (3): the lazy partial evaluator and its builtins. Starts no process, opens no connection.
//! - [`options`] (4): the NixOS module system, natively.
//! - [`network`] (5): Network, Machine, deployment settings; one reader per dialect; selectors.
//! - [`checks`] (6): one file per check, the registry, the harness. Knows neither miette nor LSP.
//! - [`graph`] (6): dependencies and cycles (petgraph). Knows no step.
//! - [`nix`] (7): the nix programs and the embedded `.nix` files.
//! - [`ssh`] (7): openssh sessions, host keys, quoting. No shell string is built from data elsewhere.
//! - [`state`] (7): sqlx: deployments, generations, runs, journal, locks.
//! - [`steps`] (8): one file per kind of step: its data, `done`, `run`, `undo`. Schedules nothing.
//! - [`plan`] (9): (what is wanted, observed machines) → immutable plan, a DAG of steps. No side effect.
//! - [`execute`] (10): one dispatcher owns the run. Knows no terminal.
//! - [`report`] (11): miette, tables, progress, JSON. Decides nothing.
//! - [`cli`] (12): clap; `commands/<verb>.rs`; errors to exit codes. No domain logic.
//!
//! # Invariants
//! - The static half (floors 0 to 6) has no side effect but reading files through the [`system::Files`] it is
//!   handed, and never returns `Err` for what a user wrote.
//! - Unknown is a value, never a finding.
//! - Findings (the user's Nix), errors (the world; one enum per room) and bugs (a panic with the broken
//!   invariant) never mix.
//!
//! # Dependencies, what for, and where
//! - `rnix`: the tokenizer; only `syntax` (its parser is the oracle of a test).
//! - `stacker`: stack that grows with nesting; `syntax`, `eval`. `toml`, `md-5`, `sha1`, `sha2`: builtins of Nix; `eval`.
//! - `rustc-hash`: fast hashing of small keys; the static half.
//! - `strsim`: "did you mean"; `text`, `options`, `state`.
//! - `petgraph`: only `graph` and `plan`.
//! - `openssh`: only `ssh`. `sqlx`: only `state`. `miette`: only `report`. `clap`: only `cli`.
//! - `comfy-table`: tables; only `report`.
//! - `tokio`: `system` and upwards from floor 7. `rustix`: signals, terminal size; only `system`.
//! - `tempfile`: files written whole or not at all; `system`, and folders that vanish again.
//! - `jiff`: times; `uuid`: ids. `sha2`: digests that name derived files, and tell whether a key has changed.
//! - `ureq`: http health checks; only `system`. `base64`: keys on their way; `futures-util`: many checks at once; `steps`.
//! - `serde`, `serde_json`: stored and printed formats.
//! - `thiserror`: error enums. `mimalloc`: the allocator; only `main`.

pub mod checks;
pub mod cli;
pub mod eval;
pub mod execute;
pub mod findings;
pub mod graph;
pub mod network;
pub mod nix;
pub mod options;
pub mod plan;
pub mod report;
pub mod ssh;
pub mod state;
pub mod steps;
pub mod syntax;
pub mod system;
pub mod text;
pub mod value;
