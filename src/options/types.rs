//! Types of options as data, and whether a value is one.
//!
//! Judges only what is known: a value, or a part of one, that is unknown fits every type.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::text::{FileId, Span};

use super::plain::{Plain, PlainKind};

/// The type of an option.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OptionType {
    /// Any value; also a type that nobody here knows.
    #[default]
    Anything,
    Bool,
    Int {
        lowest: Option<i64>,
        highest: Option<i64>,
    },
    Float,
    Str,
    /// A string that may be given in several parts.
    Lines,
    /// A path, or a string that is an absolute one.
    Path,
    Package,
    Function,
    /// A set, whatever is in it.
    Set,
    Enum(Vec<Arc<str>>),
    /// One of several values that are not all strings; each is plain.
    Values(Vec<PlainKind>),
    NullOr(Box<OptionType>),
    ListOf(Box<OptionType>),
    AttrsOf(Box<OptionType>),
    /// A set, or a list whose elements name themselves, as NixOS had it until 2020.
    ListOrAttrsOf(Box<OptionType>),
    Either(Box<OptionType>, Box<OptionType>),
    /// The second one, or the first one, of which it is made.
    Coerced(Box<OptionType>, Box<OptionType>),
    /// A value that only one definition may give.
    Once(Box<OptionType>),
    Submodule(Options),
}

/// Options by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    pub options: BTreeMap<Arc<str>, OptionNode>,
    /// Whether there may be more: nobody says that a name is none of them.
    pub partial: bool,
}

/// A name in a tree of options.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionNode {
    Option(OptionDeclaration),
    /// More options below this name.
    Group(Options),
}

/// One declared option.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptionDeclaration {
    pub ty: OptionType,
    pub description: Arc<str>,
    /// What holds where nobody sets it; `<name>` in it stands for the machine's name.
    pub default: Option<Plain>,
    /// Accepted for other tools' sake only.
    pub foreign: bool,
    /// Set by the tool, not by people.
    pub internal: bool,
    /// Whether its value is read in every machine that does not switch off what reads it.
    pub read: bool,
    /// Whether something holds where nobody sets it.
    pub has_default: bool,
    /// Where a module of the user's own declares it.
    pub declared_at: Option<Span>,
    /// The default as its schema writes it, where it does.
    pub default_text: Option<Arc<str>>,
    /// The file of NixOS that declares it.
    pub declared_in: Option<Arc<str>>,
    /// What became of it, where it is only there for older configurations.
    pub obsolete: Option<Box<Obsolete>>,
}

/// What became of an option that configurations should not set any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Obsolete {
    /// The option that is set instead of it.
    pub renamed_to: Option<Arc<str>>,
    /// What NixOS says to who sets it.
    pub message: Option<Arc<str>>,
    /// Whether NixOS refuses a machine that sets it, and does not only warn.
    pub refused: bool,
}

/// A part of a value that does not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    pub at: Span,
    /// The way to it below the option: names of attributes, `*` for list elements.
    pub path: Vec<Arc<str>>,
    pub problem: MismatchKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum MismatchKind {
    /// What is wanted, and what is there.
    Type { wanted: String, found: String },
    /// An option that its submodule does not have; and those it has.
    UnknownOption { name: Arc<str>, known: Vec<Arc<str>> },
}

impl OptionType {
    /// The options of the submodules in it.
    fn options(&self) -> Option<&Options> {
        match self {
            OptionType::Submodule(options) => Some(options),
            OptionType::NullOr(it)
            | OptionType::Once(it)
            | OptionType::ListOf(it)
            | OptionType::AttrsOf(it)
            | OptionType::ListOrAttrsOf(it) => it.options(),
            OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
                left.options().or_else(|| right.options())
            }
            _ => None,
        }
    }

    /// Every part of the value that certainly does not fit.
    pub fn mismatches(&self, value: &Plain) -> Vec<Mismatch> {
        let mut found = Vec::new();
        self.look(value, &mut Vec::new(), &mut found);
        found
    }

    fn look(&self, value: &Plain, path: &mut Vec<Arc<str>>, found: &mut Vec<Mismatch>) {
        if !value.is_known() {
            return;
        }
        if !self.admits(value) {
            let problem = MismatchKind::Type { wanted: self.described(), found: described(value) };
            found.push(Mismatch { at: value.at, path: path.clone(), problem });
            return;
        }
        match self {
            OptionType::NullOr(inside) if value.kind != PlainKind::Null => inside.look(value, path, found),
            OptionType::Once(inside) => inside.look(value, path, found),
            OptionType::Either(left, right) => {
                let branch = if left.admits(value) { left } else { right };
                branch.look(value, path, found);
            }
            OptionType::Coerced(from, to) if to.admits(value) && !from.admits(value) => {
                to.look(value, path, found);
            }
            OptionType::ListOf(inside) | OptionType::ListOrAttrsOf(inside) if value.as_list().is_some() => {
                for item in value.as_list().unwrap_or_default() {
                    path.push("*".into());
                    inside.look(item, path, found);
                    path.pop();
                }
            }
            OptionType::AttrsOf(inside) | OptionType::ListOrAttrsOf(inside) => {
                for entry in value.as_set().unwrap_or_default() {
                    path.push(entry.name.clone());
                    inside.look(&entry.value, path, found);
                    path.pop();
                }
            }
            OptionType::Submodule(options) => options.look(value, path, found),
            _ => {}
        }
    }

    /// Whether the value is of this type, no deeper than its own kind.
    pub(super) fn admits(&self, value: &Plain) -> bool {
        let kind = &value.kind;
        match self {
            _ if !value.is_known() => true,
            OptionType::Anything => true,
            OptionType::Bool => matches!(kind, PlainKind::Bool(_)),
            OptionType::Int { lowest, highest } => match kind {
                PlainKind::Int(it) => {
                    lowest.is_none_or(|lowest| *it >= lowest) && highest.is_none_or(|highest| *it <= highest)
                }
                _ => false,
            },
            OptionType::Float => matches!(kind, PlainKind::Float(_)),
            OptionType::Str | OptionType::Lines => match kind {
                PlainKind::String(_) => true,
                // Derivations become strings.
                PlainKind::Set(entries) => is_stringlike(entries),
                _ => false,
            },
            OptionType::Package => match kind {
                PlainKind::Path(_) => true,
                PlainKind::String(text) => text.starts_with('/'),
                PlainKind::Set(entries) => is_stringlike(entries),
                _ => false,
            },
            OptionType::Function => match kind {
                PlainKind::Function => true,
                PlainKind::Set(entries) => entries.iter().any(|it| it.name.as_ref() == "__functor"),
                _ => false,
            },
            OptionType::Path => match kind {
                PlainKind::Path(_) => true,
                PlainKind::String(text) => text.starts_with('/'),
                PlainKind::Set(entries) => is_stringlike(entries),
                _ => false,
            },
            OptionType::Set | OptionType::AttrsOf(_) => matches!(kind, PlainKind::Set(_)),
            OptionType::Enum(values) => matches!(kind, PlainKind::String(text) if values.contains(text)),
            OptionType::Values(values) => values.contains(kind),
            OptionType::NullOr(inside) => *kind == PlainKind::Null || inside.admits(value),
            OptionType::Once(inside) => inside.admits(value),
            OptionType::ListOf(_) => matches!(kind, PlainKind::List(_)),
            OptionType::ListOrAttrsOf(_) => matches!(kind, PlainKind::List(_) | PlainKind::Set(_)),
            OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
                left.admits(value) || right.admits(value)
            }
            // A module may also be a function, or the path of a file.
            OptionType::Submodule(_) => {
                matches!(kind, PlainKind::Set(_) | PlainKind::Function | PlainKind::Path(_))
            }
        }
    }

    /// The type in words, with an article where it needs one.
    pub fn described(&self) -> String {
        match self {
            OptionType::Anything => "anything".to_owned(),
            OptionType::Bool => "`true` or `false`".to_owned(),
            OptionType::Int { lowest: Some(lowest), highest: Some(highest) } => {
                format!("an integer from {lowest} to {highest}")
            }
            OptionType::Int { lowest: Some(0), .. } => "an integer that is not negative".to_owned(),
            OptionType::Int { lowest: Some(lowest), .. } => format!("an integer of at least {lowest}"),
            OptionType::Int { .. } => "an integer".to_owned(),
            OptionType::Float => "a floating point number".to_owned(),
            OptionType::Str | OptionType::Lines => "a string".to_owned(),
            OptionType::Path => "a path".to_owned(),
            OptionType::Package => "a package".to_owned(),
            OptionType::Function => "a function".to_owned(),
            OptionType::Set => "a set".to_owned(),
            OptionType::Enum(values) => {
                let values: Vec<String> = values.iter().map(|it| format!("\"{it}\"")).collect();
                format!("one of {}", values.join(", "))
            }
            OptionType::Values(values) => {
                let shown = |it: &PlainKind| Plain { at: NOWHERE, kind: it.clone() }.shown();
                let values: Vec<String> = values.iter().map(shown).collect();
                format!("one of {}", values.join(", "))
            }
            OptionType::Once(inside) => inside.described(),
            OptionType::NullOr(inside) => format!("{} or null", inside.described()),
            OptionType::ListOf(inside) => format!("a list of {}", inside.plural()),
            OptionType::AttrsOf(inside) => format!("a set of {}", inside.plural()),
            OptionType::ListOrAttrsOf(inside) => format!("a set of {}", inside.plural()),
            OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
                format!("{} or {}", left.described(), right.described())
            }
            OptionType::Submodule(_) => "a set of options".to_owned(),
        }
    }

    fn plural(&self) -> String {
        match self {
            OptionType::Anything => "anything".to_owned(),
            OptionType::Str | OptionType::Lines => "strings".to_owned(),
            OptionType::Path => "paths".to_owned(),
            OptionType::Package => "packages".to_owned(),
            OptionType::Int { .. } => "integers".to_owned(),
            OptionType::ListOf(inside) => format!("lists of {}", inside.plural()),
            OptionType::Submodule(_) => "sets of options".to_owned(),
            other => format!("({})", other.described()),
        }
    }
}

impl Options {
    /// The option at a path, how many names of the path it takes, or how far the path is known.
    pub fn find(&self, path: &[Arc<str>]) -> Found<'_> {
        let mut here = self;
        for (depth, name) in path.iter().enumerate() {
            match here.options.get(name) {
                None => return Found::Nothing { depth, siblings: here },
                Some(OptionNode::Option(option)) => return Found::Option { option, depth: depth + 1 },
                Some(OptionNode::Group(group)) => here = group,
            }
        }
        Found::Group(here)
    }

    /// How many options there are, those of submodules included.
    pub fn count(&self) -> usize {
        let nodes = self.options.values().map(|node| match node {
            OptionNode::Group(group) => group.count(),
            OptionNode::Option(option) => 1 + option.ty.options().map_or(0, Self::count),
        });
        nodes.sum()
    }

    /// Adds an option of which nothing is known but its path; one that is declared stays what it is.
    pub fn ask_for(&mut self, path: &[String]) {
        let Some((name, rest)) = path.split_first() else { return };
        let node = self.options.entry(name.as_str().into()).or_insert_with(|| match rest {
            [] => OptionNode::Option(OptionDeclaration::default()),
            _ => OptionNode::Group(Options { partial: true, ..Options::default() }),
        });
        if let OptionNode::Group(group) = node {
            group.ask_for(rest);
        }
    }

    fn look(&self, value: &Plain, path: &mut Vec<Arc<str>>, found: &mut Vec<Mismatch>) {
        for entry in value.as_set().unwrap_or_default() {
            // Submodules are modules: these names are not options.
            if ["_module", "imports", "config", "options", "_file", "key"].contains(&entry.name.as_ref()) {
                continue;
            }
            path.push(entry.name.clone());
            match self.options.get(&entry.name) {
                Some(OptionNode::Option(option)) => option.ty.look(&entry.value, path, found),
                Some(OptionNode::Group(group)) => group.look(&entry.value, path, found),
                None if self.partial => {}
                None => {
                    let problem = MismatchKind::UnknownOption {
                        name: entry.name.clone(),
                        known: self.options.keys().cloned().collect(),
                    };
                    found.push(Mismatch { at: entry.at, path: path[..path.len() - 1].to_vec(), problem });
                }
            }
            path.pop();
        }
    }
}

/// What lies at a path of a tree of options.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// The option that the first `depth` names lead to.
    Option {
        option: &'a OptionDeclaration,
        depth: usize,
    },
    Group(&'a Options),
    /// The name at `depth` is none of the siblings.
    Nothing {
        depth: usize,
        siblings: &'a Options,
    },
}

/// The place of what was never written.
const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

fn is_stringlike(entries: &[super::plain::Entry]) -> bool {
    entries.iter().any(|it| matches!(it.name.as_ref(), "outPath" | "__toString"))
}

/// What is there, with the value where that is short.
fn described(value: &Plain) -> String {
    match &value.kind {
        PlainKind::Int(it) => format!("the integer {it}"),
        PlainKind::String(it) if it.len() <= 40 && !it.contains('\n') => format!("the string {it:?}"),
        PlainKind::Bool(it) => format!("`{it}`"),
        _ => value.described().to_owned(),
    }
}
