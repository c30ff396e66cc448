//! `a.b."c"` as it is written: the names of a selection up to a place, read from the tokens, and what the first of them means.

use super::View;
use super::functions::{self, Known};
use super::names::{FrameKind, Meaning};
use super::outline::Outline;
use crate::syntax::{Bytes, Definition, Expr, TokenKind};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) at: Bytes,
}

/// The names that end with the token of this number: the first one first. Empty where it is no name.
pub(super) fn chain_to(outline: &Outline, text: &str, last: usize) -> Vec<Link> {
    let tokens = &outline.tokens;
    let mut chain = Vec::new();
    let mut at = last;
    while let Some(token) = tokens.get(at) {
        let first = match token.kind {
            TokenKind::Name => {
                let name = token.text(text).to_owned();
                chain.push(Link { name, at: (token.start, token.end) });
                at
            }
            TokenKind::StringEnd if at >= 2 && tokens[at - 2].kind == TokenKind::StringStart => {
                let name = tokens[at - 1].text(text).to_owned();
                chain.push(Link { name, at: (tokens[at - 2].start, token.end) });
                at - 2
            }
            _ => break,
        };
        let is_dot = |at: usize| tokens.get(at).is_some_and(|it| it.text(text) == ".");
        if first < 2 || !is_dot(first - 1) {
            break;
        }
        at = first - 2;
    }
    chain.reverse();
    chain
}

impl View<'_> {
    /// The names of the selection up to the one at a place.
    pub(super) fn chain_at(&self, offset: u32) -> Vec<Link> {
        let outline = self.outline();
        let Some(token) = outline.token_at(offset) else { return Vec::new() };
        let mut number = outline.tokens.partition_point(|it| it.start < token.start);
        // A quoted name ends with its quote.
        if token.kind == TokenKind::StringText {
            number += 1;
        }
        chain_to(outline, self.text, number)
    }

    /// The function, or other thing that everybody has, that a selection means.
    pub(super) fn known_function(&self, chain: &[Link]) -> Option<Known> {
        let first = chain.first()?;
        let used = self.names().use_at(first.at.0);
        let mut path: Vec<&str> = chain.iter().map(|it| it.name.as_str()).collect();
        let module = &self.parsed.module;
        match used.map(|it| it.meaning) {
            Some(Meaning::Global) | None => {}
            Some(Meaning::Nothing) => return None,
            Some(Meaning::Local { frame, slot }) => match self.names().frames[frame as usize].kind {
                // An argument that is called `lib` is the library, and `pkgs.lib` is.
                FrameKind::Lambda(_) => {}
                FrameKind::Let(set) | FrameKind::Recursive(set) => {
                    let set = &module.sets[set as usize];
                    let Definition::InheritFrom(from) = set.entries.get(slot as usize)?.definition else {
                        return None;
                    };
                    let before = self.written_path(*set.froms.get(from as usize)?)?;
                    path = before.into_iter().chain(path).collect();
                    return functions::find(without_packages(&path));
                }
                FrameKind::With => return None,
            },
            Some(Meaning::FromWith { frame }) => {
                let Expr::With { scope, .. } = module.expr(self.names().frames[frame as usize].expr) else {
                    return None;
                };
                let before = self.written_path(scope)?;
                path = before.into_iter().chain(path).collect();
                return functions::find(without_packages(&path));
            }
        }
        let is_local = matches!(used.map(|it| it.meaning), Some(Meaning::Local { .. }));
        let path = without_packages(&path);
        if is_local && path.first() != Some(&"lib") {
            return None;
        }
        functions::find(path)
    }

    /// The same for a name that an `inherit (lib)` defines at a place.
    pub(super) fn known_inherited(&self, offset: u32) -> Option<Known> {
        let module = &self.parsed.module;
        let (frame, slot) = self.names().definition_at(module, self.text, offset)?;
        let (FrameKind::Let(set) | FrameKind::Recursive(set)) = self.names().frames[frame as usize].kind
        else {
            return None;
        };
        let set = &module.sets[set as usize];
        let entry = set.entries.get(slot as usize)?;
        let Definition::InheritFrom(from) = entry.definition else { return None };
        let mut path = self.written_path(*set.froms.get(from as usize)?)?;
        path.push(module.symbols.name(entry.sym));
        functions::find(without_packages(&path))
    }

    /// `lib`, `lib.types`, `pkgs.lib`: an expression that is only names.
    fn written_path(&self, expr: crate::syntax::ExprId) -> Option<Vec<&str>> {
        let written = self.slice(self.parsed.module.span(expr));
        let is_name = |it: &str| {
            !it.is_empty()
                && it.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '\''))
        };
        let names: Vec<&str> = written.trim_matches(['(', ')', ' ']).split('.').collect();
        names.iter().all(|it| is_name(it)).then_some(names)
    }
}

fn without_packages<'p, 'n>(path: &'p [&'n str]) -> &'p [&'n str] {
    match path {
        ["pkgs" | "nixpkgs", "lib", ..] => &path[1..],
        _ => path,
    }
}
