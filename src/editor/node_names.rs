//! Machines that the code of a file names through `nodes` or `resources.machines`: selected, asked for, given by a `with`,
//! inherited, or as a string that a function takes. Goes by the resolved code; a name that is computed is none.
//!
//! Half-typed code is read by its tokens (`machines.rs`).

use super::View;
use super::functions;
use super::machines::Role;
use super::names::{FrameKind, Meaning};
use crate::syntax::{AttrName, Bytes, Definition, Expr, ExprId, Range, Step};

/// A machine that is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// As written, with its quotes.
    pub(super) at: Bytes,
    pub(super) role: Role,
}

/// What a value is to machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// `nodes`, `resources.machines`.
    Machines,
    /// `resources`.
    Resources,
    /// All arguments of a module.
    Arguments,
}

impl Holds {
    fn inside(self, name: &str) -> Option<Holds> {
        match (self, name) {
            (Holds::Arguments, "nodes") | (Holds::Resources, "machines") => Some(Holds::Machines),
            (Holds::Arguments, "resources") => Some(Holds::Resources),
            _ => None,
        }
    }
}

/// Names that lead to other names are followed so far: they may lead in a circle.
const FARTHEST: u8 = 8;

/// Functions that take a name, or a list of names or a path, and the set at the end.
const TAKES_NAME: [&str; 2] = ["getAttr", "hasAttr"];
const TAKES_NAMES: [&str; 1] = ["getAttrs"];
const TAKES_PATH: [&str; 3] = ["attrByPath", "getAttrFromPath", "hasAttrByPath"];

impl View<'_> {
    /// All of them, in order of position.
    pub(super) fn named_machines(&self) -> &[Named] {
        self.named.get_or_init(|| {
            let mut found = Vec::new();
            // Nearly all files have neither.
            if self.text.contains("nodes") || self.text.contains("resources") {
                let scan = Scan::new(self);
                scan.expressions(&mut found);
                scan.given(&mut found);
                found.sort_by_key(|it: &Named| it.at);
                found.dedup_by_key(|it| it.at);
            }
            found
        })
    }

    /// Whether a set has this name, as far as that is written.
    pub(super) fn gives(&self, scope: ExprId, name: &str) -> Option<bool> {
        let module = &self.parsed.module;
        if let Expr::Attrs(set) = module.expr(scope) {
            let set = &module.sets[set as usize];
            let has = set.entries.iter().any(|it| module.symbols.name(it.sym) == name);
            return (has || set.dynamics.is_empty()).then_some(has);
        }
        let library = match self.slice(module.span(scope)) {
            "lib" | "pkgs.lib" => "lib",
            "builtins" => "builtins",
            _ => return None,
        };
        Some(functions::find(&[library, name]).is_some())
    }
}

struct Scan<'v, 'a> {
    view: &'v View<'a>,
    /// Of each expression that is a name, what it means.
    meanings: Vec<Option<Meaning>>,
}

impl<'v, 'a> Scan<'v, 'a> {
    fn new(view: &'v View<'a>) -> Self {
        let mut meanings = vec![None; view.parsed.module.exprs.len()];
        for used in &view.names().uses {
            meanings[used.expr.0 as usize] = Some(used.meaning);
        }
        Self { view, meanings }
    }

    fn expressions(&self, found: &mut Vec<Named>) {
        let module = &self.view.parsed.module;
        for (id, _) in self.view.names().parents.iter().enumerate().filter(|(_, it)| it.is_some()) {
            let Ok(id) = u32::try_from(id).map(ExprId) else { return };
            match module.expr(id) {
                Expr::Select { base, path, .. } | Expr::HasAttribute { base, path } => {
                    self.selected(base, path, found);
                }
                Expr::Apply { function, arguments } => {
                    let arguments: Vec<ExprId> = arguments.indices().map(|at| module.children[at]).collect();
                    self.called(function, &arguments, found);
                }
                Expr::Pipe { function, argument } => {
                    if let Expr::Apply { function, arguments } = module.expr(function) {
                        let before = arguments.indices().map(|at| module.children[at]);
                        let arguments: Vec<ExprId> = before.chain([argument]).collect();
                        self.called(function, &arguments, found);
                    }
                }
                Expr::Attrs(set) | Expr::Let { set, .. } => {
                    let set = &module.sets[set as usize];
                    for entry in &set.entries {
                        if let Definition::InheritFrom(number) = entry.definition
                            && let Some(from) = set.froms.get(number as usize)
                            && self.holds(*from, FARTHEST) == Some(Holds::Machines)
                        {
                            let name = module.symbols.name(entry.sym).to_owned();
                            found.push(Named { name, at: entry.at, role: Role::Inherited(*from) });
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `nodes.x`, `nodes ? x`.
    fn selected(&self, base: ExprId, path: Range, found: &mut Vec<Named>) {
        let mut holds = self.holds(base, FARTHEST);
        for step in &self.view.parsed.module.steps[path.indices()] {
            match (holds, self.static_name(step)) {
                (Some(Holds::Machines), Some(name)) => {
                    found.push(Named { name: name.to_owned(), at: self.written(step.at), role: Role::Node });
                    return;
                }
                (Some(outer), Some(name)) => holds = outer.inside(name),
                _ => return,
            }
        }
    }

    fn static_name(&self, step: &Step) -> Option<&'a str> {
        match step.name {
            AttrName::Static(sym) => Some(self.view.parsed.module.symbols.name(sym)),
            AttrName::Dynamic(_) => None,
        }
    }

    /// Of `${"x"}` the string.
    fn written(&self, at: Bytes) -> Bytes {
        let written = self.view.slice(at);
        let Some(inside) = written.strip_prefix("${").and_then(|it| it.strip_suffix('}')) else { return at };
        let before = inside.len() - inside.trim_start().len();
        let length = |it: usize| u32::try_from(it).expect("a part is shorter than its file");
        let start = at.0 + 2 + length(before);
        (start, start + length(inside.trim().len()))
    }

    /// Functions that take names of attributes.
    fn called(&self, function: ExprId, arguments: &[ExprId], found: &mut Vec<Named>) {
        let Some(name) = self.function_name(function) else { return };
        let (names, set) = match arguments {
            [set, names] if name == "removeAttrs" => (*names, *set),
            [names, .., set] => (*names, *set),
            _ => return,
        };
        let module = &self.view.parsed.module;
        let texts: Vec<ExprId> = match module.expr(names) {
            Expr::Str(_) if TAKES_NAME.contains(&name) => vec![names],
            Expr::List(items) if TAKES_PATH.contains(&name) => {
                items.indices().take(1).map(|at| module.children[at]).collect()
            }
            Expr::List(items) if TAKES_NAMES.contains(&name) || name == "removeAttrs" => {
                items.indices().map(|at| module.children[at]).collect()
            }
            _ => return,
        };
        if self.holds(set, FARTHEST) != Some(Holds::Machines) {
            return;
        }
        for text in texts {
            if let Expr::Str(sym) = module.expr(text) {
                let name = module.symbols.name(sym).to_owned();
                found.push(Named { name, at: module.span(text), role: Role::Node });
            }
        }
    }

    /// The last name of a function that is written as names.
    fn function_name(&self, function: ExprId) -> Option<&'a str> {
        let module = &self.view.parsed.module;
        match module.expr(function) {
            Expr::Global(sym) | Expr::FromWith { sym, .. } => Some(module.symbols.name(sym)),
            Expr::Select { path, default: None, .. } => {
                self.static_name(module.steps[path.indices()].last()?)
            }
            // What an `inherit (lib)` has brought.
            Expr::Local { .. } => {
                let Some(Meaning::Local { frame, slot }) = self.meanings[function.0 as usize] else {
                    return None;
                };
                let FrameKind::Let(set) = self.view.names().frames[frame as usize].kind else { return None };
                let entry = module.sets[set as usize].entries.get(slot as usize)?;
                matches!(entry.definition, Definition::InheritFrom(_)).then(|| module.symbols.name(entry.sym))
            }
            _ => None,
        }
    }

    /// What an expression is to machines.
    fn holds(&self, id: ExprId, left: u8) -> Option<Holds> {
        let module = &self.view.parsed.module;
        let left = left.checked_sub(1)?;
        let of_name = |name: &str| match name {
            "nodes" => Some(Holds::Machines),
            "resources" => Some(Holds::Resources),
            _ => None,
        };
        match module.expr(id) {
            Expr::FromWith { sym, .. } => of_name(module.symbols.name(sym)),
            Expr::Select { base, path, default: None } => {
                let mut holds = self.holds(base, left)?;
                for step in &module.steps[path.indices()] {
                    holds = holds.inside(self.static_name(step)?)?;
                }
                Some(holds)
            }
            Expr::Local { .. } => {
                let Some(Meaning::Local { frame, slot }) = self.meanings[id.0 as usize] else { return None };
                let frame = self.view.names().frames[frame as usize];
                match frame.kind {
                    FrameKind::Lambda(number) => {
                        let lambda = module.lambdas[number as usize];
                        let formals = lambda.formals.map(|it| &module.formals[it.indices()]);
                        if let Some(formal) = formals.unwrap_or_default().get(slot as usize) {
                            return of_name(module.symbols.name(formal.sym));
                        }
                        let is_module = self.view.network.functions.contains(&self.view.span(lambda.at));
                        if is_module {
                            return Some(Holds::Arguments);
                        }
                        lambda.whole.and_then(|it| of_name(module.symbols.name(it)))
                    }
                    FrameKind::Let(set) | FrameKind::Recursive(set) => {
                        let set = &module.sets[set as usize];
                        let entry = set.entries.get(slot as usize)?;
                        match entry.definition {
                            Definition::Value(value) | Definition::Inherit(value) => self.holds(value, left),
                            Definition::InheritFrom(from) => self
                                .holds(*set.froms.get(from as usize)?, left)?
                                .inside(module.symbols.name(entry.sym)),
                        }
                    }
                    FrameKind::With => None,
                }
            }
            _ => None,
        }
    }

    /// `with nodes; x`: names that nothing but a `with` gives.
    fn given(&self, found: &mut Vec<Named>) {
        let (names, module) = (self.view.names(), &self.view.parsed.module);
        for used in names.uses.iter().filter(|it| matches!(it.meaning, Meaning::FromWith { .. })) {
            let name = module.symbols.name(used.sym);
            let (mut here, mut certain) = (used.expr, true);
            while let Some((parent, inside)) = names.parents.get(here.0 as usize).copied().flatten() {
                if inside && let Expr::With { scope, .. } = module.expr(parent) {
                    if self.holds(scope, FARTHEST) == Some(Holds::Machines) {
                        let role = match used.inherited {
                            _ if !certain => Role::Perhaps,
                            true => Role::Inherited(scope),
                            false => Role::Given(scope),
                        };
                        found.push(Named { name: name.to_owned(), at: used.at, role });
                        break;
                    }
                    match self.view.gives(scope, name) {
                        Some(true) => break,
                        Some(false) => {}
                        None => certain = false,
                    }
                }
                if parent == here {
                    break;
                }
                here = parent;
            }
        }
    }
}
