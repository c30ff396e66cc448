//! Evaluated values as plain data: what the model keeps of them, with the place that made each part.
//!
//! No evaluator is needed to look at them. A part that is not known says why.

use std::sync::Arc;

use super::properties;
use crate::eval::{Evaluator, written_name, written_string};
use crate::syntax::{self, Expr};
use crate::text::Span;
use crate::value::{ErrorId, ErrorKind, Stop, Value, Why};

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
    Unknown(Why),
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
    pub fn unknown(&self) -> Option<Why> {
        match &self.kind {
            PlainKind::Unknown(why) => Some(why.clone()),
            PlainKind::Failed => Some(Why::new("evaluating it fails", Some(self.at))),
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

    /// The whole value in Nix.
    pub fn written(&self) -> String {
        match &self.kind {
            PlainKind::List(items) => {
                let items: String = items.iter().map(|it| format!("{} ", it.written())).collect();
                format!("[ {items}]")
            }
            PlainKind::Set(entries) => {
                let entries: String = entries
                    .iter()
                    .map(|it| format!("{} = {}; ", written_name(&it.name), it.value.written()))
                    .collect();
                format!("{{ {entries}}}")
            }
            _ => self.shown(),
        }
    }

    /// The value in Nix, as far as it is short; for messages and tables.
    pub fn shown(&self) -> String {
        match &self.kind {
            PlainKind::Null => "null".to_owned(),
            PlainKind::Bool(it) => it.to_string(),
            PlainKind::Int(it) => it.to_string(),
            PlainKind::Float(it) => it.to_string(),
            PlainKind::String(it) => string_shown(it),
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

/// A string as Nix source, but for characters that a screen must not get: those are shown by their numbers.
fn string_shown(text: &str) -> String {
    let harmless = format!("{text:?}");
    if harmless.contains("\\u{") { harmless } else { written_string(text) }
}

/// Values larger than this are not kept: nothing that configures a deployment is.
const MOST_PARTS: usize = 20_000;
/// Bytes of a text that count as one more part.
const BYTES_OF_A_PART: usize = 1 << 10;
const TOO_LARGE: &str = "it is too large to be looked at";
/// Values nested deeper than this are not kept.
const DEEPEST: usize = 64;

/// Forces a value and everything inside of it; also gives the errors met.
pub fn read_plain(eval: &mut Evaluator, value: Value, at: Span) -> (Plain, Vec<ErrorId>) {
    let mut conversion = Conversion { eval, errors: Vec::new(), parts: 0 };
    let plain = conversion.plain(value, at, 0);
    (plain, conversion.errors)
}

struct Conversion<'e> {
    eval: &'e mut Evaluator,
    errors: Vec<ErrorId>,
    parts: usize,
}

impl Conversion<'_> {
    fn plain(&mut self, value: Value, at: Span, depth: usize) -> Plain {
        self.parts += 1;
        if depth > DEEPEST || self.parts > MOST_PARTS {
            return Plain { at, kind: PlainKind::Unknown(TOO_LARGE.into()) };
        }
        let kind = match self.eval.force(value) {
            Err(stop) => self.stopped(stop),
            Ok(value) => self.kind(value, at, depth),
        };
        Plain { at, kind }
    }

    fn stopped(&mut self, stop: Stop) -> PlainKind {
        match stop {
            Stop::Error(id) => {
                self.errors.push(id);
                let error = self.eval.error(id);
                // What lies in a file that is missing may be known elsewhere.
                if error.kind == ErrorKind::FileNotFound {
                    return PlainKind::Unknown(Why::new(error.message.as_str(), Some(error.user_span())));
                }
                PlainKind::Failed
            }
            Stop::Unknown(id) => PlainKind::Unknown(self.eval.why(id)),
        }
    }

    fn kind(&mut self, value: Value, at: Span, depth: usize) -> PlainKind {
        match value {
            Value::Null => PlainKind::Null,
            Value::Bool(it) => PlainKind::Bool(it),
            Value::Int(it) => PlainKind::Int(it),
            Value::Float(it) => PlainKind::Float(it),
            Value::String(_) => match self.eval.string(value) {
                Ok(text) => {
                    // A text may be in many places, and is kept in each.
                    self.parts += text.len() / BYTES_OF_A_PART;
                    match self.parts > MOST_PARTS {
                        true => PlainKind::Unknown(TOO_LARGE.into()),
                        false => PlainKind::String(text.into()),
                    }
                }
                Err(stop) => self.stopped(stop),
            },
            Value::Path(_) => match self.eval.path(value) {
                Ok(text) => PlainKind::Path(text.into()),
                Err(stop) => self.stopped(stop),
            },
            Value::List(_) => self.list(value, at, depth),
            Value::Attrs(_) => match properties::is_property(self.eval, value) {
                true => self.property(value, at, depth),
                false => self.set(value, at, depth),
            },
            Value::Lambda { .. } | Value::Builtin(_) | Value::Partial(_) | Value::Native(_) => {
                PlainKind::Function
            }
            Value::Thunk(_) | Value::Unknown(_) => PlainKind::Unknown("it is not evaluated".into()),
        }
    }

    /// `mkIf` and the like inside of a value, as submodules and sets of options take them: the one value that remains.
    fn property(&mut self, value: Value, at: Span, depth: usize) -> PlainKind {
        match properties::bare(self.eval, value).as_slice() {
            [it] if it.certain => self.plain(it.value, at, depth + 1).kind,
            [] => PlainKind::Unknown("its condition does not hold".into()),
            [_] => PlainKind::Unknown("it is set under a condition that is not known".into()),
            _ => PlainKind::Unknown("it is merged from several values".into()),
        }
    }

    fn list(&mut self, value: Value, at: Span, depth: usize) -> PlainKind {
        let view = match self.eval.list(value) {
            Ok(view) => view,
            Err(stop) => return self.stopped(stop),
        };
        let places = places_of_elements(self.eval, at, view.items.len());
        let mut items = Vec::with_capacity(view.items.len().min(MOST_PARTS));
        for (index, item) in view.items.iter().enumerate() {
            let place = places.get(index).copied().or_else(|| self.eval.span_of(*item)).unwrap_or(at);
            items.push(self.plain(*item, place, depth + 1));
        }
        if let Some(id) = view.open {
            items.push(Plain { at, kind: PlainKind::Unknown(self.eval.why(id)) });
        }
        PlainKind::List(items)
    }

    fn set(&mut self, value: Value, at: Span, depth: usize) -> PlainKind {
        let view = match self.eval.attrs(value) {
            Ok(view) => view,
            Err(stop) => return self.stopped(stop),
        };
        let derivation = view.attributes.iter().any(|it| self.eval.name(it.name) == "outPath");
        let mut entries = Vec::new();
        for attribute in view.attributes {
            let name: Arc<str> = self.eval.name(attribute.name).into();
            // What a package is made of is nobody's setting, and endless.
            if derivation && name.as_ref() != "outPath" && name.as_ref() != "name" {
                continue;
            }
            let place = attribute.given.or(attribute.defined).unwrap_or(at);
            // A definition whose condition is false is none.
            if properties::is_property(self.eval, attribute.value)
                && properties::bare(self.eval, attribute.value).is_empty()
            {
                continue;
            }
            let value = self.plain(attribute.value, place, depth + 1);
            entries.push(Entry { name, at: attribute.defined.unwrap_or(at), value });
        }
        PlainKind::Set(entries)
    }
}

/// Where the elements of a list are written, if the place is a list literal of that many elements.
fn places_of_elements(eval: &Evaluator, at: Span, count: usize) -> Vec<Span> {
    let text = eval.sources().slice(at);
    if count == 0 || !text.starts_with('[') {
        return Vec::new();
    }
    if let Some(elements) = eval.elements_at(at) {
        return if elements.len() == count { elements } else { Vec::new() };
    }
    let module = syntax::parse(at.file, text).module;
    let Expr::List(range) = module.expr(module.root()) else { return Vec::new() };
    let elements = &module.children[range.indices()];
    if elements.len() != count {
        return Vec::new();
    }
    elements
        .iter()
        .map(|id| {
            let (start, end) = module.span(*id);
            Span::new(at.file, at.start + start, at.start + end)
        })
        .collect()
}

/// Where the elements of a list are written, if its place is a list literal; empty otherwise.
pub fn element_places(eval: &mut Evaluator, at: Span, list: Value) -> Vec<Span> {
    let count = eval.list(list).map_or(0, |view| view.items.len());
    places_of_elements(eval, at, count)
}
