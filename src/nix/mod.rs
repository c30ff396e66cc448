//! The nix programs: which there are, evaluation of a network, builds, copies; and the embedded Nix expressions.
//!
//! The only room that starts `nix-instantiate`, `nix-store` and `nix`. Works with Nix 2.8 and later. It decides
//! nothing about order, retries or what to do when a machine fails.

mod build;
mod closure;
mod copy;
#[cfg(test)]
mod defaults;
mod error;
mod evaluate;
mod examine;
mod expression;
mod failure;
mod flake;
mod message;
mod options;
mod places;
mod programs;
mod reference;
mod repl;
mod store_path;

pub use build::{build, build_there, invalid, is_valid, keep_derivations};
pub use closure::{closure, closure_there, size};
pub use copy::{Copied, copy, copy_from, missing_paths};
pub use error::NixError;
pub use evaluate::{Asked, EvaluatedMachine, Evaluation, Input, Remembered, evaluate};
pub use examine::{Examination, Examine, examine};
pub use expression::of_files as expression_of_files;
pub use flake::LockedFlake;
pub use message::{Message, parse as parse_message};
pub use options::{NixosOptions, nixos_options};
pub use programs::{MINIMUM, Nix, NixPath, Version};
pub use reference::{FlakeReference, ReferenceError};
pub use repl::repl;
pub use store_path::{NotAStorePath, StorePath};
