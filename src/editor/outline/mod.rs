//! The structure of a text by its tokens: sets, lists, strings, what is defined in them, and which names are in scope at its
//! end. It holds for half-typed text too, where the grammar sees damage.
//!
//! Resolves nothing and evaluates nothing.

mod reader;

use crate::syntax::{Bytes, Token, TokenKind};

/// What holds things together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::editor) enum Kind {
    File,
    Set {
        recursive: bool,
    },
    Let,
    List,
    Parenthesis,
    /// `${…}`.
    Hole,
    Text,
    /// The arguments of a function: `{ a, b ? 1 }`.
    Pattern,
}

#[derive(Clone, Debug)]
pub(in crate::editor) struct Container {
    pub(in crate::editor) kind: Kind,
    /// With its brackets; to the end of the text where it is not closed.
    pub(in crate::editor) at: Bytes,
    pub(in crate::editor) parent: usize,
    /// The definition in the parent in whose value it stands.
    pub(in crate::editor) binding: Option<usize>,
    /// The function that it is an argument of.
    pub(in crate::editor) call: Option<String>,
}

/// One name of an attribute path; nothing where it is computed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) struct Step {
    pub(in crate::editor) name: Option<String>,
    pub(in crate::editor) at: Bytes,
}

#[derive(Clone, Debug)]
pub(in crate::editor) struct Binding {
    pub(in crate::editor) container: usize,
    pub(in crate::editor) path: Vec<Step>,
    /// Where the value begins, behind the `=`.
    pub(in crate::editor) value: Option<u32>,
    pub(in crate::editor) end: u32,
    /// Whether it stands in an `inherit`.
    pub(in crate::editor) inherited: bool,
}

/// Where names may come from, besides the definitions around.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) enum Scope {
    /// A `let` whose body this is, or the arguments of a function.
    Names(usize),
    /// `x:`, and the `x` of `x@{ … }:`.
    Argument(String),
    /// `with a.b;`.
    With(Vec<String>),
}

/// Part of the way to a place.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) enum Segment {
    Name(String),
    Computed,
    Element,
    /// Inside of an argument of this function.
    Call(String),
    /// What a `let` defines: the way begins anew.
    Local,
    /// Inside of a string, or of arguments.
    Inside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::editor) enum Phase {
    Name,
    Value,
    Inherit,
}

/// A container that is open, with what was read in it last.
#[derive(Clone, Debug)]
pub(in crate::editor) struct Open {
    pub(in crate::editor) container: usize,
    pub(in crate::editor) phase: Phase,
    /// The names before a `=`.
    pub(in crate::editor) path: Vec<Step>,
    after_dot: bool,
    pub(in crate::editor) binding: Option<usize>,
    /// `;` that end a `with` or `assert`; and the first token behind each `with`.
    pending: Vec<Option<usize>>,
    pub(in crate::editor) scopes: Vec<Scope>,
    /// What stands before the next operand: names of functions, and other operands.
    pub(in crate::editor) head: Vec<Option<Vec<String>>>,
}

/// Functions that give back the value they are called with, perhaps with a condition or priority.
const TRANSPARENT: [&str; 14] = [
    "mkIf",
    "mkMerge",
    "mkForce",
    "mkDefault",
    "mkOverride",
    "mkOptionDefault",
    "mkBefore",
    "mkAfter",
    "mkOrder",
    "mkVMOverride",
    "optionalAttrs",
    "recursiveUpdate",
    "mkDefinition",
    "mkAssert",
];

#[derive(Debug)]
pub(in crate::editor) struct Outline {
    pub(in crate::editor) tokens: Vec<Token>,
    pub(in crate::editor) containers: Vec<Container>,
    pub(in crate::editor) bindings: Vec<Binding>,
    /// What is open at the end, the file itself first.
    pub(in crate::editor) open: Vec<Open>,
}

impl Outline {
    pub(in crate::editor) fn of(text: &str) -> Self {
        reader::read(text)
    }

    /// The way to what stands in a container.
    pub(in crate::editor) fn way(&self, container: usize) -> Vec<Segment> {
        // From the inside to the outside, then turned round.
        let mut way = Vec::new();
        let mut here = container;
        while here != 0 {
            let it = &self.containers[here];
            match it.kind {
                Kind::Hole | Kind::Text | Kind::Pattern => way.push(Segment::Inside),
                Kind::Let => way.push(Segment::Local),
                Kind::List if it.call.as_deref() != Some("mkMerge") => way.push(Segment::Element),
                Kind::File | Kind::Set { .. } | Kind::List | Kind::Parenthesis => {}
            }
            if let Some(call) = it.call.as_deref().filter(|it| !TRANSPARENT.contains(it)) {
                way.push(Segment::Call(call.to_owned()));
            }
            if let Some(binding) = it.binding {
                way.extend(self.bindings[binding].path.iter().rev().map(Step::segment));
            }
            here = it.parent;
        }
        way.reverse();
        way
    }

    /// The way to where the text ends: with the names that are being typed, or those whose value is.
    pub(in crate::editor) fn way_to_end(&self) -> Vec<Segment> {
        let Some(open) = self.open.last() else { return Vec::new() };
        let mut way = self.way(open.container);
        match open.phase {
            Phase::Name => way.extend(open.path.iter().map(Step::segment)),
            Phase::Value => {
                let path = open.binding.map(|it| self.bindings[it].path.as_slice());
                way.extend(path.unwrap_or_default().iter().map(Step::segment));
            }
            Phase::Inherit => way.push(Segment::Inside),
        }
        way
    }

    /// The way to a name of a definition, itself included.
    pub(in crate::editor) fn way_to_step(&self, binding: usize, step: usize) -> Vec<Segment> {
        let it = &self.bindings[binding];
        let mut way = self.way(it.container);
        way.extend(it.path[..=step].iter().map(Step::segment));
        way
    }

    /// The definition and the number of the name in it that stands at a place.
    pub(in crate::editor) fn step_at(&self, at: u32) -> Option<(usize, usize)> {
        self.bindings.iter().enumerate().find_map(|(number, binding)| {
            let step = binding.path.iter().position(|it| it.at.0 <= at && at <= it.at.1)?;
            Some((number, step))
        })
    }

    /// The innermost container around a place.
    pub(in crate::editor) fn container_at(&self, at: u32) -> usize {
        let holds = |it: &Container| it.at.0 <= at && at <= it.at.1;
        self.containers.iter().rposition(holds).unwrap_or(0)
    }

    /// The token that a place is in, or ends: names before brackets.
    pub(in crate::editor) fn token_at(&self, at: u32) -> Option<Token> {
        let end = self.tokens.partition_point(|it| it.start <= at);
        let last = self.tokens[..end].iter().rev().take(2).filter(|it| it.start <= at && at <= it.end);
        let rank = |it: &&Token| match it.kind {
            TokenKind::Name | TokenKind::Path | TokenKind::SearchPath => 0,
            TokenKind::StringText | TokenKind::Keyword | TokenKind::Number => 1,
            _ => 2,
        };
        last.min_by_key(rank).copied()
    }
}

impl Step {
    pub(in crate::editor) fn segment(&self) -> Segment {
        self.name.clone().map_or(Segment::Computed, Segment::Name)
    }
}

/// Texts above 4 GiB are refused before they get here.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a file is smaller than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str) -> String {
        let shown = |it: &Segment| match it {
            Segment::Name(name) => name.clone(),
            other => format!("{other:?}"),
        };
        Outline::of(text).way_to_end().iter().map(shown).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn the_way_to_the_end_of_a_text() {
        assert_eq!(way("{ web = { pkgs, ... }: { deployment.targetH"), "web/deployment/targetH");
        assert_eq!(way("{ a.\"b c\".d = [ 1 "), "a/b c/d/Element");
        assert_eq!(way("{ a = lib.mkIf x { b = f { c"), "a/b/Call(\"f\")/c");
        assert_eq!(way("let x = 1; in { a = mkMerge [ { b"), "a/b");
        assert_eq!(way("let x = { y"), "Local/x/y");
        assert_eq!(way("{ a = with lib; { b = 1; c"), "a/c");
        assert_eq!(way("{ a = x\n  b = { c"), "b/c");
        assert_eq!(way("{ a = \"x ${y"), "a/Inside/Inside");
        assert_eq!(way("{ a = { b = 1; }; c.d"), "c/d");
        assert_eq!(way("{ a = if x then { b = 1; } else { c"), "a/c");
        assert_eq!(way("{ a = rec { b"), "a/b");
        assert_eq!(way("{ modules = [ ({ pkgs, ... }: { b"), "modules/Element/b");
    }

    #[test]
    fn names_in_scope_at_the_end() {
        let outline = Outline::of("{ lib, ... }: let a = 1; in x: with lib.types; [ ");
        let scopes: Vec<&Scope> = outline.open.iter().flat_map(|it| &it.scopes).collect();
        let names = |at: usize| match scopes[at] {
            Scope::Names(container) => {
                let of = outline.bindings.iter().filter(|it| it.container == *container);
                of.filter_map(|it| it.path[0].name.clone()).collect::<Vec<_>>()
            }
            other => vec![format!("{other:?}")],
        };
        assert_eq!((names(0), names(1)), (vec!["lib".to_owned()], vec!["a".to_owned()]));
        assert_eq!(scopes[2], &Scope::Argument("x".to_owned()));
        assert_eq!(scopes[3], &Scope::With(vec!["lib".to_owned(), "types".to_owned()]));
    }
}
