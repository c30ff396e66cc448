//! Questions about the code that was read: where a name is used, and where elements of a list are written.
//!
//! Looks at the code as it was resolved; evaluates nothing.

use super::Evaluator;
use crate::syntax::{AttrName, Bytes, Expr, ExprId, Sym};
use crate::text::{FileId, Span};

/// The uses of a name in one file.
#[derive(Clone, Debug)]
pub struct Uses {
    pub file: FileId,
    /// Whether anything but an argument has this name: then nobody knows which one is meant without evaluating.
    pub bound: bool,
    /// `name.attribute`, by position.
    pub selections: Vec<Selection>,
    /// Functions that take it by name: their parameters as written, and their bodies.
    pub takers: Vec<(Bytes, Bytes)>,
}

/// `name.attribute`, and perhaps more behind it.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    pub whole: Bytes,
    pub attribute: Sym,
    /// The attribute as written.
    pub at: Bytes,
    pub has_default: bool,
}

impl Evaluator {
    /// The elements of a list that is written at a place; nothing where that cannot be said.
    pub fn elements_at(&self, at: Span) -> Option<Vec<Span>> {
        let elements = self.program.elements_at(at)?;
        Some(elements.iter().map(|id| self.program.span(*id)).collect())
    }

    /// The uses of a name in each of the files that are wanted.
    pub fn uses(&self, name: &str, wanted: impl Fn(FileId) -> bool) -> Vec<Uses> {
        let Some(sym) = self.symbols.find(name) else { return Vec::new() };
        let modules = self.program.modules().filter(|module| wanted(module.file));
        modules.map(|module| self.uses_in(name, sym, &module)).collect()
    }

    fn uses_in(&self, name: &str, sym: Sym, module: &super::program::Tables) -> Uses {
        let program = &self.program;
        let text = &self.sources.file(module.file).text;
        let mut bound = false;
        let mut selections = Vec::new();
        for number in module.exprs.clone() {
            match program.exprs[number as usize] {
                Expr::Attrs(set) | Expr::Let { set, .. } => {
                    let entries = &program.entries[program.sets[set as usize].entries.indices()];
                    bound |= entries.iter().any(|it| it.name == sym);
                }
                Expr::Select { base, path, default } => {
                    let written = program.bytes(base);
                    if text.get(written.0 as usize..written.1 as usize) == Some(name)
                        && let Some(step) = program.steps[path.indices()].first()
                        && let AttrName::Static(attribute) = step.name
                    {
                        let whole = program.bytes(ExprId(number));
                        let has_default = default.is_some();
                        selections.push(Selection { whole, attribute, at: step.at, has_default });
                    }
                }
                _ => {}
            }
        }
        selections.sort_by_key(|it| it.whole);
        let lambdas = &program.lambdas[module.lambdas.start as usize..module.lambdas.end as usize];
        let takers = lambdas
            .iter()
            .filter(|it| {
                it.formals
                    .is_some_and(|range| program.formals[range.indices()].iter().any(|it| it.sym == sym))
            })
            .map(|it| (it.at, program.bytes(it.body)))
            .collect();
        Uses { file: module.file, bound, selections, takers }
    }
}
