//! What is wrong with the options that a machine sets, as plain data. Finds nothing itself.

use std::sync::Arc;

use crate::options::types::Obsolete;
use crate::text::Span;

/// A definition that NixOS refuses, or will as soon as it reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionMistake {
    /// The option, with the names of attributes and of options of submodules.
    pub path: Vec<Arc<str>>,
    /// What is to blame.
    pub at: Span,
    pub kind: OptionMistakeKind,
    pub reading: Reading,
    /// Whether modules that are not known may make it right.
    pub open: bool,
    /// Where the machine's own modules declare the option.
    pub declared_at: Option<Span>,
    /// The file of NixOS that declares it.
    pub declared_in: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OptionMistakeKind {
    /// The last name of the path is none of its siblings; the one that may be meant, and where else it is a name.
    Unknown {
        near: Option<Arc<str>>,
        elsewhere: Option<String>,
    },
    /// What is wanted, and what is there; `element` says that it is an element of a list.
    Type {
        wanted: String,
        found: String,
        element: bool,
    },
    /// The option takes one value: this one, and the others with their places.
    Conflict {
        value: String,
        others: Vec<(Span, String)>,
    },
    Obsolete(Obsolete),
}

/// Whether NixOS reads the value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Surely,
    /// Nobody knows.
    Perhaps,
    /// Only where this option is true, which it is not.
    Switched(String),
}
