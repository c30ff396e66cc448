//! The NixOS module system, natively: modules are read into definitions with their places, conditions and
//! priorities, and options have types as data.
//!
//! Reads what modules say; merges nothing into a configuration and judges nothing.

mod configuration;
mod definitions;
mod deployment;
mod modules;
mod plain;
mod properties;
mod types;

pub use configuration::{Configuration, Words, module_argument};
pub use deployment::read_schema;
pub use modules::{
    Collected, Definition, Gap, ModuleMistake, ModuleMistakeKind, Modules, Origin, PLAIN_PRIORITY, Start,
    Written, collect_modules, read_definitions,
};
pub use plain::{Entry, Plain, PlainKind, element_places, read_plain};
pub use types::{Found, Mismatch, MismatchKind, OptionDeclaration, OptionNode, OptionType, Options};
