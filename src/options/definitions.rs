//! What reading modules gives, as plain data: definitions with their places, conditions and priorities, and what was
//! noticed on the way. Reads nothing itself.

use std::sync::Arc;

use super::plain::Plain;
use crate::text::Span;
use crate::value::{ErrorId, Value, Why};

/// Something that could not be looked into, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub reason: Why,
    pub at: Option<Span>,
}

/// One definition of one option.
#[derive(Clone, Debug)]
pub struct Definition {
    pub path: Vec<Arc<str>>,
    /// The last name of the path, as written.
    pub at: Span,
    pub value: Plain,
    /// [`PLAIN_PRIORITY`] for plain definitions; lower wins.
    pub priority: i64,
    /// Where the definition comes among others of its strength when lists are joined: the number of `mkOrder`, then
    /// the place of its module among all.
    pub rank: (i64, usize),
    /// Whether the definition holds under every condition; one below `mkIf` of something unknown does not.
    pub certain: bool,
    pub origin: Origin,
}

/// Which part of the network a definition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Machine,
    Defaults,
}

/// The priority of a definition without `mkForce` and the like.
pub const PLAIN_PRIORITY: i64 = 100;

/// The number of a definition without `mkOrder`, `mkBefore` and `mkAfter`.
pub(super) const PLAIN_ORDER: i64 = 1000;

/// A module that is written wrongly, apart from its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleMistake {
    pub at: Span,
    pub kind: ModuleMistakeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleMistakeKind {
    /// `import = [ … ]`.
    ImportForImports,
    /// `imports` that is this instead of a list.
    ImportsNoList(&'static str),
    /// A setting of this name beside `config` or `options`.
    Mixed(String),
    /// A setting of this name, which is almost `deployment`.
    NearDeployment(String),
    /// Something in `imports` that is this instead of a module.
    NoModule(&'static str),
}

/// Everything that the modules of one machine say.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    pub definitions: Vec<Definition>,
    pub gaps: Vec<Gap>,
    /// Paths of options that the modules declare themselves.
    pub declared: Vec<Vec<Arc<str>>>,
    pub mistakes: Vec<ModuleMistake>,
    /// What evaluation certainly fails at.
    /// With the place that was being read, for failures that know no better one.
    pub errors: Vec<(ErrorId, Span)>,
    /// Modules of NixOS that are imported by name and not read, below its own folder of modules.
    pub of_nixos: Vec<Arc<str>>,
    /// Heads of the functions that were called as modules.
    pub functions: Vec<Span>,
    /// The functions themselves, and what each was called with.
    pub calls: Vec<(Value, Value)>,
}

/// A module, where it stands, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub module: Value,
    pub at: Span,
    pub origin: Origin,
    /// Whether another module stands around it and imports it.
    pub imported: bool,
}

/// What a module writes, for whoever evaluates options.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Its definitions, possibly inside of `mkIf` and the like.
    pub config: Option<Value>,
    /// The options it declares.
    pub options: Option<Value>,
}
