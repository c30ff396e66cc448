//! The NixOS module system, natively: modules are read into definitions with their places, conditions and
//! priorities; options have types; configurations are evaluated as `lib.evalModules` does, as far as somebody asks.
//!
//! Judges nothing: what is wrong is data, for checks to report.
//!
//! # `lib.evalModules`
//! [`install_modules`] puts the native module system in the place of the library's own, whichever library that is, so
//! that user code (and the submodules of types) gets it. `Settings::native_modules` switches it off.
//!
//! # Machines of a network
//! NixOS' own modules are not read, so the world is open. One [`ModuleSystem`] serves all machines of an evaluator:
//!
//! ```
//! use std::sync::Arc;
//! use nixwright::eval::{Evaluator, Settings};
//! use nixwright::options::{ModuleSystem, Origin, Start, World};
//! use nixwright::system::OsFiles;
//! use nixwright::value::Reason;
//!
//! let mut eval = Evaluator::new(Arc::new(OsFiles), Settings::default());
//! let modules = ModuleSystem::new(&mut eval);
//! let module = eval.eval_text("web.nix", "{ name, config, ... }: { networking.hostName = name; services.nginx.enable = config.networking.hostName == \"web\"; }");
//! let at = eval.span_of(module).unwrap();
//! let name = eval.make_string("web");
//! let world = World {
//!     // `nodes` may be a hole that is filled with the evaluations of all machines.
//!     arguments: eval.make_attrs([("name", name)]),
//!     // Modules that declare the tool's own options (`eval.library_text`), and define what the tool defines.
//!     base: Vec::new(),
//!     open: eval.add_unknown(Reason::Told("options of NixOS are only known to Nix".to_owned()), None),
//! };
//! let start = Start { module, at, origin: Origin::Machine };
//! // Nothing is called until somebody asks.
//! let web = modules.evaluate(&mut eval, &[start], &world);
//! let services = eval.select(web.config(), "services").unwrap();
//! let nginx = eval.select(services, "nginx").unwrap();
//! let enable = eval.select(nginx, "enable").unwrap();
//! assert_eq!(eval.bool(enable), Ok(true));
//! // What nobody defines is unknown, with the world's reason.
//! assert!(eval.select(web.config(), "boot").is_err());
//! ```
//!
//! - [`Evaluation::config`] and [`Evaluation::options`] are lazy values. Options that a module declares (the caller's
//!   `base` or the user's) have their types, defaults and `apply`; what nobody declares is merged by its shape:
//!   Booleans and numbers that all definitions agree on, sets attribute by attribute (open), lists (open); a few
//!   options of NixOS itself have their types (`system/nixos-options.nix`). The rest is unknown.
//! - A definition under an unknown condition is kept as *perhaps*: it makes unknown only what it may change. A module
//!   that cannot be read makes defaults, weak definitions and undefined options unknown.
//! - [`Evaluation::modules`] gives the definitions of a schema one by one, with their places, and what is wrong with the
//!   modules: the same as [`read_definitions`], from the same modules, which are called once.
//! - [`Evaluation::faults`] gives what merging certainly fails at.

mod configuration;
mod definitions;
mod deployment;
mod modules;
mod plain;
mod properties;
mod system;
mod types;

pub use configuration::{Configuration, Words, module_argument};
pub use deployment::read_schema;
pub use modules::{
    Collected, Definition, Gap, ModuleMistake, ModuleMistakeKind, Modules, Origin, PLAIN_PRIORITY, Start,
    Written, collect_modules, read_definitions,
};
pub use plain::{Entry, Plain, PlainKind, element_places, read_plain};
pub use system::{Evaluation, Fault, ModuleSystem, World, install as install_modules};
pub use types::{Found, Mismatch, MismatchKind, OptionDeclaration, OptionNode, OptionType, Options};
