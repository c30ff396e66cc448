//! What a file holds, as a tree for an outline; and machines and options of the whole network by name.

use super::View;
use super::machines::Role;
use super::outline::{Binding, Kind, Outline};
use crate::text::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    Machine,
    /// An attribute.
    Attribute,
    /// A name in a `let`.
    Variable,
    Function,
    /// An option that a file sets.
    Option,
}

/// Something with a name in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    pub kind: SymbolKind,
    /// All of it.
    pub whole: Span,
    /// Its name.
    pub at: Span,
    pub inside: Vec<Symbol>,
}

/// Something with a name in the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSymbol {
    pub name: String,
    pub kind: SymbolKind,
    pub at: Span,
    /// What it belongs to.
    pub of: Option<String>,
}

/// The tree of what a file defines.
pub fn document_symbols(view: &View<'_>) -> Vec<Symbol> {
    let outline = view.outline();
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); outline.bindings.len() + 1];
    for (number, binding) in outline.bindings.iter().enumerate() {
        if binding.inherited || matches!(outline.containers[binding.container].kind, Kind::Pattern) {
            continue;
        }
        let holder = holder(outline, binding).map_or(0, |it| it + 1);
        inside[holder].push(number);
    }
    symbols_of(view, &inside, 0, 0)
}

/// The definition in whose value another one stands.
fn holder(outline: &Outline, binding: &Binding) -> Option<usize> {
    let mut here = binding.container;
    while here != 0 {
        if let Some(holder) = outline.containers[here].binding {
            return Some(holder);
        }
        here = outline.containers[here].parent;
    }
    None
}

/// Nobody looks deeper.
const DEEPEST: usize = 60;

fn symbols_of(view: &View<'_>, inside: &[Vec<usize>], of: usize, depth: usize) -> Vec<Symbol> {
    if depth > DEEPEST {
        return Vec::new();
    }
    let outline = view.outline();
    let numbers = inside[of].iter().copied();
    let symbol = |number: usize| {
        let binding = &outline.bindings[number];
        let (first, last) = (binding.path.first()?, binding.path.last()?);
        let at = (first.at.0, last.at.1);
        let way = outline.way_to_step(number, 0);
        let is_machine = view.is_network_file() && view.machine_depth(&way) == Some(way.len());
        let known = is_machine && first.name.as_deref().is_some_and(|it| view.has_machine(it));
        let kind = match outline.containers[binding.container].kind {
            _ if known => SymbolKind::Machine,
            _ if is_function(view, binding) => SymbolKind::Function,
            Kind::Let => SymbolKind::Variable,
            _ => SymbolKind::Attribute,
        };
        Some(Symbol {
            name: view.slice(at).to_owned(),
            kind,
            whole: view.span((at.0, binding.end.max(at.1))),
            at: view.span(at),
            inside: symbols_of(view, inside, number + 1, depth + 1),
        })
    };
    numbers.filter_map(symbol).collect()
}

/// Whether the value begins like a function: `x:` or `{ … }:`.
fn is_function(view: &View<'_>, binding: &Binding) -> bool {
    let Some(value) = binding.value else { return false };
    let outline = view.outline();
    let first = outline.tokens.partition_point(|it| it.start < value);
    let mut code = outline.tokens[first..].iter().filter(|it| it.kind != crate::syntax::TokenKind::Comment);
    let Some(token) = code.next() else { return false };
    let next = code.next().map(|it| it.text(view.text));
    let is_pattern =
        || outline.containers.iter().any(|it| it.kind == Kind::Pattern && it.at.0 == token.start);
    match token.text(view.text) {
        "{" => is_pattern(),
        _ => token.kind == crate::syntax::TokenKind::Name && matches!(next, Some(":" | "@")),
    }
}

/// Most answers to one question: an editor asks again with more letters.
const MOST: usize = 500;

/// Machines, and options that machines set, whose names hold the letters of a question in their order.
pub fn workspace_symbols(view: &View<'_>, asked: &str) -> Vec<NetworkSymbol> {
    let mut found = Vec::new();
    for machine in view.network.machines.iter().filter(|it| fits(it.name.as_str(), asked)) {
        let written = machine.sources.iter().map(|it| it.name_at);
        found.extend(written.map(|at| NetworkSymbol {
            name: machine.name.to_string(),
            kind: SymbolKind::Machine,
            at,
            of: None,
        }));
    }
    for machine in &view.network.machines {
        if found.len() >= MOST {
            break;
        }
        for definition in &machine.definitions {
            let name = definition.path.join(".");
            if fits(&name, asked) {
                let of = Some(machine.name.to_string());
                found.push(NetworkSymbol { name, kind: SymbolKind::Option, at: definition.at, of });
            }
        }
    }
    // What machines share is set once.
    found.sort_by(|a, b| {
        (a.kind != SymbolKind::Machine, &a.name, a.at).cmp(&(b.kind != SymbolKind::Machine, &b.name, b.at))
    });
    found.dedup_by(|a, b| a.at == b.at && a.name == b.name);
    found.truncate(MOST);
    found
}

/// Whether all letters of a question stand in a name, in their order.
fn fits(name: &str, asked: &str) -> bool {
    let mut letters = name.chars().map(|it| it.to_ascii_lowercase());
    asked.chars().filter(|it| !it.is_whitespace()).all(|it| {
        let wanted = it.to_ascii_lowercase();
        letters.any(|it| it == wanted)
    })
}

impl View<'_> {
    /// The machines that this file defines, each where it is first named.
    pub(super) fn machines_here(&self) -> Vec<(String, Span)> {
        let mut found: Vec<(String, Span)> = Vec::new();
        if !self.is_network_file() {
            return found;
        }
        for binding in self.outline().bindings.iter().filter(|it| !it.inherited) {
            for step in &binding.path {
                let Some(name) = step.name.as_deref().filter(|it| self.has_machine(it)) else { continue };
                if found.iter().all(|(it, _)| it != name)
                    && let Some(mention) = self.mention_at(step.at.0)
                    && mention.role == Role::Defined
                {
                    found.push((name.to_owned(), mention.at));
                }
            }
        }
        found
    }
}
