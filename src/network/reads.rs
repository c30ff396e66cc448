//! Whose values the modules of a machine read: `nodes.x`, in all the ways in which that is written.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::{Asking, Evaluator, Touch};
use crate::text::{FileId, Span};
use crate::value::Value;

use super::machine::Machine;

/// A machine reads something of machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The index of the machine that reads.
    pub from: usize,
    pub whose: Whose,
    /// The attribute below the machine, as it is written: `config.networking.hostName`.
    pub attribute: Option<String>,
    pub at: Span,
    pub shape: ReadShape,
}

/// Whose value is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the machine of this index.
    Machine(usize),
    /// That of a machine that the network does not have.
    Missing(String),
    /// Only Nix knows, because of this.
    Unknown(String),
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadShape {
    /// `nodes.web`
    Literal,
    /// `nodes.${name}`
    Computed,
    /// `attrValues nodes`, `filterAttrs … nodes` and the like.
    Iteration,
    /// `with nodes; web`
    With,
    /// `nodes ? web`
    Exists,
    /// The set of all machines is handed on.
    Whole,
}

impl ReadShape {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Computed => "computed",
            Self::Iteration => "iteration",
            Self::With => "with",
            Self::Exists => "exists",
            Self::Whole => "whole",
        }
    }

    /// What is done, where no attribute says it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Literal | Self::With => "the machine itself",
            Self::Computed => "a machine whose name is computed",
            Self::Iteration => "one of all machines that are looked at",
            Self::Exists => "whether there is such a machine",
            Self::Whole => "the set of all machines, handed on",
        }
    }
}

/// The functions that were called as modules of each machine, each with its argument; and the sets of all machines that
/// they are given.
pub(super) struct Calls {
    pub(super) sets: Vec<Value>,
    /// `nixosConfigurations` of the network's flake, which modules reach through its `self`.
    pub(super) configurations: Option<Value>,
    pub(super) of: Vec<Vec<(Value, Value)>>,
}

/// What all machines read of each other.
pub(super) fn reads(
    eval: &mut Evaluator,
    machines: &[Arc<Machine>],
    calls: &Calls,
    complete: bool,
) -> Vec<Read> {
    let mut reads = Vec::new();
    // Most modules ask for no other machine, and are walked for none.
    let mut asks: FxHashMap<FileId, bool> = FxHashMap::default();
    // Where they are handed on under another name, any module may have them.
    let handed_on = eval.sources().iter().any(|(_, file)| {
        let text = &file.text;
        text.contains("nodes") && (text.contains("_module.args") || text.contains("pecialArgs"))
    });
    let sets: Vec<Value> = calls.sets.iter().copied().chain(calls.configurations).collect();
    for (from, calls_of) in calls.of.iter().enumerate() {
        eval.refuel();
        let first = reads.len();
        for (function, argument) in calls_of {
            let Some(head) = eval.span_of(*function) else { continue };
            let mentions = |text: &str| {
                handed_on || ["nodes", "resources", "nixosConfigurations"].iter().any(|it| text.contains(it))
            };
            if eval.is_library(head.file)
                || !*asks.entry(head.file).or_insert_with(|| mentions(&eval.sources().file(head.file).text))
            {
                continue;
            }
            for touch in eval.touches(*function, *argument, &sets) {
                // A flake may have machines that the network has not.
                let of_flake = touch.set >= calls.sets.len();
                reads.extend(
                    read(from, touch, machines, complete)
                        .filter(|it| !(of_flake && matches!(it.whose, Whose::Missing(_)))),
                );
            }
        }
        reads[first..].sort_by_key(|it: &Read| (it.at, it.shape));
    }
    reads
}

fn read(from: usize, touch: Touch, machines: &[Arc<Machine>], complete: bool) -> Option<Read> {
    let shape = match touch.asking {
        Asking::Name => ReadShape::Literal,
        Asking::Computed => ReadShape::Computed,
        Asking::Iteration => ReadShape::Iteration,
        Asking::With => ReadShape::With,
        Asking::Exists => ReadShape::Exists,
        Asking::Whole => ReadShape::Whole,
    };
    let whose = match touch.name {
        Ok(name) => match machines.binary_search_by(|it| it.name.as_str().cmp(name.as_str())) {
            Ok(at) => Whose::Machine(at),
            // That there may be no such machine was thought of.
            Err(_) if touch.has_default => return None,
            Err(_) if complete || shape == ReadShape::Exists => Whose::Missing(name),
            Err(_) => Whose::Unknown(format!("whether there is a machine `{name}` is only known to Nix")),
        },
        Err(why) => Whose::Unknown(why),
    };
    Some(Read { from, whose, attribute: touch.below, at: touch.at, shape })
}
