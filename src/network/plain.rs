//! Evaluated values as plain data: what the model keeps of them, with the place that made each part.
//!
//! No evaluator is needed to look at them. A part that is not known says why.

use std::sync::Arc;

use crate::text::Span;

/// A value and the place that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    pub at: Span,
    pub kind: PlainKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PlainKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Arc<str>),
    /// A path, absolute.
    Path(Arc<str>),
    List(Vec<Plain>),
    Set(Vec<Entry>),
    Function,
    /// Not known because of this.
    Unknown(Arc<str>),
    /// Evaluating it fails; the failure has its own finding.
    Failed,
}

/// One attribute of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub name: Arc<str>,
    /// Where the name is written.
    pub at: Span,
    pub value: Plain,
}

impl Plain {
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            PlainKind::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Plain]> {
        match &self.kind {
            PlainKind::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_set(&self) -> Option<&[Entry]> {
        match &self.kind {
            PlainKind::Set(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether the value itself is known; parts of it may still be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, PlainKind::Unknown(_) | PlainKind::Failed)
    }

    /// The first reason why it, or a part of it, is not known.
    pub fn unknown(&self) -> Option<&str> {
        match &self.kind {
            PlainKind::Unknown(reason) => Some(reason),
            PlainKind::Failed => Some("evaluating it fails"),
            PlainKind::List(items) => items.iter().find_map(Plain::unknown),
            PlainKind::Set(entries) => entries.iter().find_map(|it| it.value.unknown()),
            _ => None,
        }
    }

    /// What it is, with its article, for messages.
    pub fn described(&self) -> &'static str {
        match &self.kind {
            PlainKind::Null => "null",
            PlainKind::Bool(_) => "a boolean",
            PlainKind::Int(_) => "an integer",
            PlainKind::Float(_) => "a floating point number",
            PlainKind::String(_) => "a string",
            PlainKind::Path(_) => "a path",
            PlainKind::List(_) => "a list",
            PlainKind::Set(_) => "a set",
            PlainKind::Function => "a function",
            PlainKind::Unknown(_) => "not known",
            PlainKind::Failed => "an error",
        }
    }

    /// The value in Nix, as far as it is short; for messages and tables.
    pub fn shown(&self) -> String {
        match &self.kind {
            PlainKind::Null => "null".to_owned(),
            PlainKind::Bool(it) => it.to_string(),
            PlainKind::Int(it) => it.to_string(),
            PlainKind::Float(it) => it.to_string(),
            PlainKind::String(it) => format!("{it:?}"),
            PlainKind::Path(it) => it.to_string(),
            PlainKind::List(items) => {
                let items: Vec<String> = items.iter().map(Plain::shown).collect();
                format!("[ {} ]", items.join(" ")).replace("[  ]", "[ ]")
            }
            PlainKind::Set(_) => "{ … }".to_owned(),
            PlainKind::Function => "«function»".to_owned(),
            PlainKind::Unknown(reason) => format!("«unknown: {reason}»"),
            PlainKind::Failed => "«error»".to_owned(),
        }
    }
}
