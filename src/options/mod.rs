//! The NixOS module system, natively: modules are read into definitions with their places, conditions and
//! priorities, and options have types as data.
//!
//! Reads what modules say; merges nothing into a configuration and judges nothing.

mod deployment;
mod modules;
mod plain;
mod properties;
mod types;

pub use deployment::read_schema;
pub use modules::{
    Definition, Gap, ModuleMistake, ModuleMistakeKind, Modules, Origin, PLAIN_PRIORITY, Start, read_modules,
};
pub use plain::{Entry, Plain, PlainKind, element_places, read_plain};
pub use types::{Found, Mismatch, MismatchKind, OptionDeclaration, OptionNode, OptionType, Options};
