//! The network as a whole: plain data that checks, plan, graph and selectors read. No evaluator is needed to look at
//! it, so it can be kept, shared between threads and printed.

use std::sync::Arc;

use crate::syntax::{Allow, Parsed};
use crate::text::{FileId, Sources, Span};

use super::Dialect;
use super::machine::{Gap, Machine};
use super::plain::Plain;

/// A network, and everything that was noticed while reading it.
#[derive(Clone, Debug)]
pub struct Network {
    pub dialect: Dialect,
    /// The files it was read from, in the order of reading: those given, then those required.
    pub inputs: Vec<Input>,
    /// In order of name.
    pub machines: Vec<Machine>,
    /// Why there may be machines that are not in the list. Empty: these are all.
    pub open: Vec<Gap>,
    /// `network.*` or `meta.*`, every definition.
    pub attributes: Vec<Attribute>,
    pub resources: Vec<Resource>,
    pub argument_problems: Vec<ArgumentProblem>,
    /// What evaluation certainly fails at.
    pub problems: Vec<Problem>,
    pub(super) sources: Arc<Sources>,
    /// Every file that was read as Nix.
    pub(super) parsed: Vec<(FileId, Arc<Parsed>)>,
}

/// A file of the network.
#[derive(Clone, Debug)]
pub struct Input {
    pub file: FileId,
    pub shape: InputShape,
}

/// What a file that should hold a network evaluates to.
#[derive(Clone, Debug, PartialEq)]
pub enum InputShape {
    Network,
    /// A NixOS configuration: the attribute that gives it away.
    Module { attribute: String, at: Span },
    /// A derivation.
    Package { at: Span },
    EmptySet { at: Span },
    /// Not a set at all: what it is.
    Other { what: &'static str, at: Span },
    /// Not known, or its own finding says why it fails.
    Unknown,
}

/// One definition of `network.x`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The set it stands in: `network` or `meta`.
    pub set: &'static str,
    pub name: Arc<str>,
    pub at: Span,
    pub file: FileId,
    pub value: Plain,
}

/// `resources.<kind>.<name>`.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: Arc<str>,
    pub kind_at: Span,
    /// `None` where only the kind is known.
    pub name: Option<(Arc<str>, Span)>,
}

/// Trouble with the arguments of function networks.
#[derive(Clone, Debug)]
pub struct ArgumentProblem {
    pub name: String,
    pub at: Span,
    pub kind: ArgumentProblemKind,
    /// Names near which the argument may have been meant.
    pub others: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentProblemKind {
    /// The file needs it, and nobody gives it.
    Missing,
    /// It is given, and this file does not take it.
    Unexpected,
    /// It is given, and no file takes it.
    Unused,
}

/// Something that evaluation certainly fails at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub at: Span,
    pub message: String,
    /// What is written at the place.
    pub note: String,
    /// What led there, innermost first.
    pub labels: Vec<(Span, String)>,
    pub help: Option<String>,
    pub machine: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    MissingAttribute,
    TypeMismatch,
    WrongArguments,
    ImportNotFound,
    InfiniteRecursion,
    AlwaysFails,
    /// Not the user's mistake for certain: a bound of ours was reached.
    Limit,
}

impl Network {
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Every file that was read as Nix, in the order of reading.
    pub fn parsed(&self) -> impl Iterator<Item = (FileId, &Parsed)> {
        self.parsed.iter().map(|(file, parsed)| (*file, parsed.as_ref()))
    }

    /// The comments that allow findings.
    pub fn allows(&self) -> impl Iterator<Item = (FileId, &Allow)> {
        self.parsed().flat_map(|(file, parsed)| parsed.allows.iter().map(move |it| (file, it)))
    }

    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|it| it.name.as_str() == name)
    }

    /// Whether every machine is in the list.
    pub fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    pub fn problems_of(&self, kind: ProblemKind) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(move |it| it.kind == kind)
    }

    /// What could not be known, a short sentence each, without repeats.
    pub fn unknown(&self) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        let names = self.open.iter().map(|gap| format!("all machines: {}", gap.reason));
        let machines = self
            .machines
            .iter()
            .flat_map(|machine| machine.open.iter().map(move |gap| format!("all of `{}`: {}", machine.name, gap.reason)));
        for reason in names.chain(machines) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }
}
