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
//! NixOS' own modules are not read, so the world is open: a [`Configuration`] gives what the modules at hand say of each
//! option, as far as that is certain whatever else there may be; [`read_definitions`] gives their definitions one by one,
//! with their places, and what is wrong with the modules.

mod asked;
mod collected;
mod configuration;
#[cfg(test)]
mod configuration_tests;
mod conflict;
mod definitions;
mod deployment;
mod disabled;
mod inherited;
mod modules;
mod plain;
mod properties;
pub mod schema;
mod system;
mod types;
mod views;

pub use asked::{Questions, read_asked};
pub use configuration::{Configuration, Words, module_argument};
pub use conflict::conflict;
pub use deployment::read_schema;
pub use modules::{
    Collected, Definition, Gap, ModuleMistake, ModuleMistakeKind, Modules, Origin, PLAIN_PRIORITY, Start,
    Written, collect_modules, read_definitions,
};
pub use plain::{Entry, Plain, PlainKind, element_places, read_plain};
pub use system::install as install_modules;
pub use types::{Found, Mismatch, MismatchKind, OptionDeclaration, OptionNode, OptionType, Options};
pub use views::{View, Views};
