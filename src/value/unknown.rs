//! Unknown is a value: it says why and where it began.

use std::fmt;
use std::path::PathBuf;

use crate::text::Span;

/// Why a value is not known; an index into the table of its evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownId(pub u32);

/// The first cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It comes out of nixpkgs, which is not at hand.
    NeedsNixpkgs(String),
    /// `<name>` is not on the search path we know.
    SearchPath(String),
    /// It would have to be downloaded.
    Fetch(String),
    /// An input of a flake, its name and what it refers to, would have to be downloaded.
    Input(String, String),
    /// It is a store path, known only when something is built or copied.
    StorePath(String),
    /// A store path that is not there, and is not built or downloaded by us.
    NotBuilt(String),
    /// It depends on the moment, the machine or the user.
    Impure(String),
    /// The file is encrypted (with the named program).
    Encrypted(PathBuf, &'static str),
    /// The file is no text.
    NotText(PathBuf),
    /// The file lies outside of what may be read.
    OutsideRoots(PathBuf),
    /// The file could not be read for a reason that has nothing to do with its text.
    Unreadable(PathBuf, String),
    /// The function was not called by anything we see, so its argument is not known.
    Argument(String),
    /// The builtin does not exist in our evaluator.
    Builtin(String),
    /// The text there could not be parsed.
    Damaged,
    /// The two arms of an `if` whose condition is unknown do not agree.
    Branch,
    /// An option that nobody but NixOS declares, and nobody sets plainly.
    Option,
    /// A definition stands under an `mkIf` whose condition is unknown.
    Condition,
    /// A set on the right of `//` is unknown, and may replace what is on the left.
    Replaced,
    /// It took more steps than allowed.
    Fuel,
    /// Calls nested deeper than every version of Nix allows.
    Depth,
    /// The caller of the evaluator said so; the text is the end of a sentence that begins with "because".
    Told(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NeedsNixpkgs(what) => write!(out, "`{what}` needs nixpkgs, which was not given"),
            Reason::SearchPath(name) => write!(out, "`<{name}>` is not on the search path"),
            Reason::Fetch(what) => write!(out, "`{what}` would have to be downloaded"),
            Reason::Input(name, what) if what.is_empty() => {
                write!(out, "nothing says where the input `{name}` comes from")
            }
            Reason::Input(name, what) => {
                write!(out, "the input `{name}` ({what}) would have to be downloaded")
            }
            Reason::StorePath(what) => write!(out, "the store path of {what} is known only after building"),
            Reason::NotBuilt(path) => write!(out, "`{path}` would have to be built first"),
            Reason::Impure(what) => write!(out, "`{what}` is only known when Nix runs"),
            Reason::Encrypted(path, program) => {
                write!(out, "`{}` is encrypted with {program}", path.display())
            }
            Reason::NotText(path) => write!(out, "`{}` is not a text file", path.display()),
            Reason::OutsideRoots(path) => {
                write!(out, "`{}` lies outside of the folders that may be read", path.display())
            }
            Reason::Unreadable(path, why) => write!(out, "`{}` could not be read ({why})", path.display()),
            Reason::Argument(name) => write!(out, "nothing gives the argument `{name}`"),
            Reason::Builtin(name) => write!(out, "`builtins.{name}` is not evaluated"),
            Reason::Damaged => write!(out, "the code there could not be parsed"),
            Reason::Branch => write!(out, "the condition of this `if` is not known"),
            Reason::Option => write!(out, "it is an option of NixOS, known only to Nix"),
            Reason::Condition => write!(out, "the condition of this `mkIf` is not known"),
            Reason::Replaced => write!(out, "the set on the right of this `//` is not known"),
            Reason::Fuel => write!(out, "evaluation was stopped at its limit of steps and memory"),
            Reason::Depth => write!(out, "calls are nested too deeply"),
            Reason::Told(why) => out.write_str(why),
        }
    }
}

/// What little is known of an unknown value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Like {
    #[default]
    Anything,
    /// A path in nixpkgs; `""` is its top folder.
    NixpkgsPath(String),
    /// What `import <nixpkgs>` gives.
    NixpkgsFunction,
    /// A path in the store, of what lies at this path on disk: files of a flake are found through it.
    CopyOf(PathBuf),
    /// The top folder of a project that is recognised.
    Project(Project),
    /// Certainly a string.
    String,
}

impl Like {
    /// Whether it names a place where files are, so that a text behind it names another one.
    pub fn is_place(&self) -> bool {
        matches!(self, Like::NixpkgsPath(_) | Like::CopyOf(_) | Like::Project(_))
    }
}

/// Projects whose own files need not be read to know what they give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Project {
    Nixpkgs,
    Colmena,
    DeployRs,
    FlakeCompat,
    FlakeParts,
    FlakeUtils,
    /// Formatters, hooks, shells: its modules for flake-parts touch no machine.
    Tools,
    /// A list of systems, in a repository of that name.
    Systems(&'static str),
}

/// An entry of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown {
    pub reason: Reason,
    /// Where it began, if a text is to blame.
    pub span: Option<Span>,
    /// The unknown that it follows from.
    pub because: Option<UnknownId>,
    pub like: Like,
}
