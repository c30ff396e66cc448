//! nixwright checks, deploys, remembers and draws networks of NixOS machines.
//!
//! It is a program, and a library that editors and CI tools can embed. First a tour of the library; below it, the map of
//! the house.
//!
//! # A tour
//! A network is loaded from files: those of a disk ([`OsFiles`]), of a memory ([`OverlayFiles`]), or texts that an editor has
//! not saved yet laid over a disk ([`OverlayFiles::over`]). No Nix is needed, nothing is written, and no connection is opened.
//!
//! ```
//! use std::sync::Arc;
//! use nixwright::{Network, OverlayFiles, Request};
//!
//! let mut files = OverlayFiles::alone();
//! files.put(
//!     "/net/network.nix",
//!     r#"{
//!       network.description = "a shop";
//!       web = { pkgs, ... }: {
//!         deployment = { targetHost = "web.internal"; targetPort = pkgs.sshPort; dependsOn = [ "db" ]; };
//!       };
//!       db.deployment = { targetHost = "10.0.0.${toString 7}"; targetUser = "deploy"; };
//!     }"#,
//! );
//! let network = Network::load(&Request::new(Arc::new(files), vec!["/net/network.nix".into()]))?;
//! assert_eq!(network.description(), Some("a shop"));
//! let names: Vec<&str> = network.machines.iter().map(|machine| machine.name.as_str()).collect();
//! assert_eq!(names, ["db", "web"]);
//! # Ok::<(), nixwright::LoadError>(())
//! ```
//!
//! An `Err` is a file that cannot be read; what is wrong *in* the files is in the network, and comes out as findings.
//!
//! ## Values and reasons
//! A [`Setting`] is known, with the definitions that decide it; set by nobody; or unknown, with the reason and the place where it
//! begins. Unknown is no mistake: here it depends on packages, which are not evaluated.
//!
//! ```
//! # use std::sync::Arc;
//! # use nixwright::{Network, OverlayFiles, Request};
//! use nixwright::Setting;
//!
//! # let mut files = OverlayFiles::alone();
//! # files.put(
//! #     "/net/network.nix",
//! #     r#"{
//! #       web = { pkgs, ... }: {
//! #         deployment = { targetHost = "web.internal"; targetPort = pkgs.sshPort; dependsOn = [ "db" ]; };
//! #       };
//! #       db.deployment = { targetHost = "10.0.0.${toString 7}"; targetUser = "deploy"; };
//! #     }"#,
//! # );
//! # let network = Network::load(&Request::new(Arc::new(files), vec!["/net/network.nix".into()]))?;
//! let db = network.machine("db").expect("the network has one");
//! let Setting::Known(definitions) = db.deployment("targetHost") else { panic!("a literal is known") };
//! assert_eq!(definitions[0].value.as_str(), Some("10.0.0.7"));
//! assert_eq!(network.sources().place(definitions[0].value.at), "/net/network.nix:5:38");
//! assert!(matches!(db.deployment("targetEnv"), Setting::Unset));
//! // An account also says what holds where nobody has set it.
//! let account = network.account(db, &["deployment", "targetEnv"]);
//! assert_eq!(account.default.map(|it| it.written()).as_deref(), Some("\"none\""));
//!
//! let web = network.machine("web").expect("the network has one");
//! let Setting::Unknown(why) = web.deployment("targetPort") else { panic!("packages are not evaluated") };
//! assert!(why.sentence(|at| network.sources().place(at)).contains("pkgs"));
//! # Ok::<(), nixwright::LoadError>(())
//! ```
//!
//! ## Checks
//! [`checks::run`] gives [findings](Finding): plain data with a place, a level, what led there, what to do, and sometimes a
//! repair. [`Levels`] turns checks off and changes levels, as the options of the program do.
//!
//! ```
//! use std::sync::Arc;
//! use nixwright::{Level, Levels, Network, OverlayFiles, Request, checks};
//!
//! let mut files = OverlayFiles::alone();
//! files.put("/net/network.nix", "{ web.deployment.targetHost = \"\"; }");
//! let network = Network::load(&Request::new(Arc::new(files), vec!["/net/network.nix".into()]))?;
//! let found = checks::run(&network, &Levels::default());
//! assert_eq!((found[0].id, found[0].level), ("target-host-empty", Level::Error));
//! assert_eq!(network.sources().place(found[0].span), "/net/network.nix:1:31");
//! assert!(Levels::default().fails(&found));
//! # Ok::<(), nixwright::LoadError>(())
//! ```
//!
//! ## The graph
//! [`Dependencies`] knows the order that follows from `deployment.dependsOn`; a [`Chart`] draws it.
//!
//! ```
//! # use std::sync::Arc;
//! # use nixwright::{Network, OverlayFiles, Request};
//! use nixwright::{Chart, Dependencies, View};
//!
//! # let mut files = OverlayFiles::alone();
//! # files.put(
//! #     "/net/network.nix",
//! #     r#"{ web.deployment.dependsOn = [ "db" ]; db.deployment.targetHost = "10.0.0.7"; }"#,
//! # );
//! # let network = Network::load(&Request::new(Arc::new(files), vec!["/net/network.nix".into()]))?;
//! let graph = Dependencies::of(&network);
//! let ranks = graph.ranks().expect("nobody waits for itself");
//! assert_eq!((ranks[0][0].as_str(), ranks[1][0].as_str()), ("db", "web"));
//! let chart = Chart::of(&network, View::Schedule, &[0, 1], None, "/net".as_ref());
//! assert_eq!(chart.mermaid(), "flowchart RL\n  n0[\"db\"]\n  n1[\"web\"]\n  n1 --> n0\n");
//! # Ok::<(), nixwright::LoadError>(())
//! ```
//!
//! ## A plan
//! [`plan::make`] is pure: from what each machine is to become, and how it was seen, to every step of a deployment and what each
//! waits for. Where the systems come from is the caller's affair: the program asks Nix, a tool may know them already.
//!
//! ```
//! use std::collections::BTreeMap;
//! use nixwright::nix::StorePath;
//! use nixwright::plan::{self, Address, Goal, Rollout, Wanted};
//! use nixwright::MachineName;
//!
//! let system = |name: &str| StorePath::new(format!("/nix/store/{}-nixos-system-{name}", "a".repeat(32))).unwrap();
//! let mut wanted: BTreeMap<MachineName, Wanted> = BTreeMap::new();
//! for (name, needs) in [("web", vec!["db"]), ("db", vec![])] {
//!     let mut machine = Wanted::new(Address::new(format!("{name}.internal")), system(name));
//!     machine.needs = needs.into_iter().map(MachineName::new).collect();
//!     wanted.insert(MachineName::new(name), machine);
//! }
//! let plan = plan::make(uuid::Uuid::nil(), Goal::Test, wanted, Rollout::default())?;
//! let steps: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
//! assert_eq!(
//!     steps,
//!     [
//!         "copy-closure db",
//!         "copy-closure web",
//!         "await-copies",
//!         "activate-system db",
//!         "confirm-reachable db",
//!         "activate-system web",
//!         "confirm-reachable web",
//!     ]
//! );
//! # Ok::<(), nixwright::plan::PlanError>(())
//! ```
//!
//! Three small programs in `examples/` put this to use: `hosts`, `lint` and `order`. The evaluator alone is in [`eval`].
//!
//! # The house
//! What follows is the map of the house. Data walks one way through its rooms, and a room uses only rooms on lower
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
//! - [`git`] (1): what the program `git` says of a work tree: what changed since a revision. Knows no Nix.
//! - [`syntax`] (1): rnix wrapped: text → nodes and errors, never `Err`. Evaluates nothing.
//! - [`value`] (2): values, attribute paths, *unknown because …*.
//! - [`eval`] (3): the lazy partial evaluator and its builtins. Starts no process, opens no connection.
//! - [`options`] (4): the NixOS module system, natively.
//! - [`network`] (5): Network, Machine, deployment settings; one reader per dialect; selectors.
//! - [`checks`] (6): one file per check, the registry, the harness. Knows neither miette nor LSP.
//! - [`graph`] (6): dependencies and cycles (petgraph), and pictures of them: dot, Mermaid, JSON, SVG, HTML. Knows no step.
//! - [`editor`] (7): what an editor asks about a place in a file. Knows no protocol and keeps nothing.
//! - [`nix`] (7): the nix programs and the embedded `.nix` files.
//! - [`ssh`] (7): openssh sessions, host keys, quoting. No shell string is built from data elsewhere.
//! - [`state`] (7): sqlx: deployments, generations, runs, journal, locks.
//! - [`steps`] (8): one file per kind of step: its data, `done`, `run`, `undo`. Schedules nothing.
//! - [`plan`] (9): (what is wanted, observed machines) → immutable plan, a DAG of steps. No side effect.
//! - [`execute`] (10): one dispatcher owns the run. Knows no terminal.
//! - [`report`] (11): miette, tables, progress, JSON. Decides nothing.
//! - [`lsp`] (11): the language server; the only types of its protocol. Judges nothing: findings come from `checks`.
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
//! - `async-lsp`, `lsp-types`, `tower-layer`: the language server's protocol; only `lsp`.
//! - `rnix`: the tokenizer; only `syntax` (its parser is the oracle of a test).
//! - `stacker`: stack that grows with nesting; `syntax`, `eval`, `editor`. `md-5`, `sha1`, `sha2`: builtins of Nix; `eval`.
//! - `toml`: a builtin of Nix, and `nixwright.toml`; `eval`, `checks`. `flate2`: schemas are kept packed; `options`.
//! - `rustc-hash`: fast hashing of small keys; the static half. `aho-corasick`: many secrets found in one look; `checks`.
//! - `strsim`: "did you mean"; `text`, `options`, `state`.
//! - `petgraph`: only `graph` and `plan`.
//! - `openssh`: only `ssh`. `sqlx`: only `state`. `age`: private keys at rest; only `state`. `miette`: only `report`. `clap`, `clap_complete`, `clap_mangen`: the command line, what a
//!   shell completes, and pages for `man`; only `cli`.
//! - `comfy-table`: tables; `unicode-width`: the columns that a character takes; `report`, `graph`.
//! - `tokio`: `system` and upwards from floor 7. `rustix`: signals, terminal size; only `system`.
//! - `tempfile`: files written whole or not at all; `system`, and folders that vanish again.
//! - `jiff`: times; `uuid`: ids. `sha2`: digests that name derived files, tell whether a key has changed, and
//!   which script a page may run.
//! - `ureq`: http health checks; only `system`. `base64`: keys on their way, and digests in pages; `futures-util`: many
//!   checks at once; `steps`, `graph`.
//! - `serde`, `serde_json`: stored and printed formats.
//! - `thiserror`: error enums. `mimalloc`: the allocator; only `main`.

pub mod checks;
pub mod cli;
pub mod editor;
pub mod eval;
pub mod execute;
pub mod findings;
pub mod git;
pub mod graph;
pub mod lsp;
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

// The names that nearly everybody who embeds the library needs.
pub use checks::Levels;
pub use findings::{Finding, Fix, Level};
pub use graph::{Chart, Dependencies, View};
pub use network::{Dialect, LoadError, Machine, MachineName, Network, Request, Setting};
pub use plan::Plan;
pub use system::{Files, OsFiles, OverlayFiles};
