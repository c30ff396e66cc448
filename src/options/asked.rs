//! What the modules of a machine say of some options of NixOS, for whoever asks for these few by their paths.
//!
//! Nobody who asks makes the machine need them: what fails here is not reported, and leaves no gap in what else is known.
//! NixOS' own modules are not read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collected::{Collected, Later};
use super::definitions::{Definition, Origin, PLAIN_ORDER, PLAIN_PRIORITY};
use super::plain::{Plain, PlainKind, read_plain};
use super::properties::{Bare, bare};
use crate::eval::Evaluator;
use crate::text::Span;
use crate::value::{Stop, Why};

/// Paths that somebody asks for.
#[derive(Debug, Default)]
pub struct Questions {
    top: Node,
}

#[derive(Debug, Default)]
struct Node {
    below: BTreeMap<&'static str, Node>,
    /// What is asked of every name.
    each: Option<Box<Node>>,
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Value,
    /// Only whether it is written anywhere: nothing is evaluated for that.
    Mention,
}

impl Questions {
    /// Dotted paths; `*` stands for any name, and a `?` at the end asks only whether it is written anywhere.
    pub fn new(paths: &[&'static str]) -> Self {
        let mut questions = Self::default();
        for path in paths {
            let (path, asked) = match path.strip_suffix('?') {
                Some(path) => (path, Asked::Mention),
                None => (*path, Asked::Value),
            };
            let mut node = &mut questions.top;
            for name in path.split('.') {
                node = match name {
                    "*" => node.each.get_or_insert_default(),
                    name => node.below.entry(name).or_default(),
                };
            }
            node.asked = Some(asked);
        }
        questions
    }
}

impl Node {
    fn get(&self, name: &str) -> Option<&Node> {
        self.below.get(name).or(self.each.as_deref())
    }

    fn is_leaf(&self) -> bool {
        self.below.is_empty() && self.each.is_none()
    }
}

/// The definitions of what is asked for. One whose path is shorter than any that was asked says that it is not known what
/// is below it.
pub fn read_asked(eval: &mut Evaluator, collected: &Collected, questions: &Questions) -> Vec<Definition> {
    let ranks = collected.ranks();
    let mut reader = Reader { eval, found: Vec::new(), origin: Origin::Machine, rank: 0 };
    for later in &collected.later {
        match later {
            Later::Config { value, start, certain, module } => {
                (reader.origin, reader.rank) = (start.origin, ranks[*module]);
                let it = Bare { value: *value, priority: None, order: None, certain: *certain };
                reader.inner(&questions.top, it, &mut Vec::new(), (start.at, start.at));
            }
            Later::Setting { bare, path, name_at, at, origin, module } => {
                (reader.origin, reader.rank) = (*origin, ranks[*module]);
                let [name] = path.as_slice() else { continue };
                if let Some(node) = questions.top.get(name) {
                    reader.setting(node, *bare, &mut path.clone(), (*name_at, *at));
                }
            }
            Later::Declarations(_) => {}
        }
    }
    reader.found
}

struct Reader<'e> {
    eval: &'e mut Evaluator,
    found: Vec<Definition>,
    origin: Origin,
    rank: usize,
}

impl Reader<'_> {
    /// `places`: where the name stands, and where the value.
    fn setting(&mut self, node: &Node, it: Bare, path: &mut Vec<Arc<str>>, places: (Span, Span)) {
        match node.asked {
            // A value that is known, so that nothing below it is taken for unknown.
            Some(Asked::Mention) => self.define(it, path, places, PlainKind::Set(Vec::new())),
            Some(Asked::Value) => {
                for inner in self.bare(it) {
                    let (value, _) = read_plain(self.eval, inner.value, places.1);
                    self.define(inner, path, places, value.kind);
                }
            }
            None => {}
        }
        if !node.is_leaf() {
            self.inner(node, it, path, places);
        }
    }

    fn inner(&mut self, node: &Node, it: Bare, path: &mut Vec<Arc<str>>, places: (Span, Span)) {
        for inner in self.bare(it) {
            let view = match self.eval.attrs(inner.value) {
                Ok(view) => view,
                Err(stop) => {
                    let why = match stop {
                        Stop::Unknown(id) => self.eval.why(id),
                        Stop::Error(_) => Why::new("evaluating it fails", Some(places.1)),
                    };
                    self.define(inner, path, places, PlainKind::Unknown(why));
                    continue;
                }
            };
            if let Some(open) = view.open {
                let why = self.eval.why(open);
                self.define(Bare { certain: false, ..inner }, path, places, PlainKind::Unknown(why));
            }
            for attribute in view.attributes {
                let name = named(path, self.eval.name(attribute.name));
                let Some(below) = node.get(name) else { continue };
                path.push(name.into());
                let at = attribute.given.or(attribute.defined).unwrap_or(places.1);
                let name_at = attribute.defined.unwrap_or(at);
                self.setting(below, Bare { value: attribute.value, ..inner }, path, (name_at, at));
                path.pop();
            }
        }
    }

    /// The values inside of the properties around one, each with what all of them say.
    fn bare(&mut self, it: Bare) -> Vec<Bare> {
        let outer = it;
        let mut all = bare(self.eval, it.value);
        for inner in &mut all {
            inner.certain &= outer.certain;
            inner.priority = outer.priority.or(inner.priority);
            inner.order = outer.order.or(inner.order);
        }
        all
    }

    fn define(&mut self, it: Bare, path: &[Arc<str>], (at, value_at): (Span, Span), kind: PlainKind) {
        self.found.push(Definition {
            path: path.to_vec(),
            at,
            value: Plain { at: value_at, kind },
            priority: it.priority.unwrap_or(PLAIN_PRIORITY),
            rank: (it.order.unwrap_or(PLAIN_ORDER), self.rank),
            certain: it.certain,
            origin: self.origin,
        });
    }
}

/// The name of an option today: `users` were `extraUsers` once, and NixOS still takes that.
fn named<'a>(above: &[Arc<str>], name: &'a str) -> &'a str {
    match (above.first().map(AsRef::as_ref), above.len(), name) {
        (Some("users"), 1, "extraUsers") => "users",
        (Some("users"), 1, "extraGroups") => "groups",
        _ => name,
    }
}
