//! Questions about the code that was read: where a name is used, and where elements of a list are written.
//!
//! Looks at the code as it was resolved; evaluates nothing.

use super::Evaluator;
use crate::syntax::{AttrName, Bytes, Definition, Expr, ExprId, Sym};
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

    /// The files of the code that was loaded, in the order of loading.
    pub fn loaded(&self) -> impl Iterator<Item = FileId> {
        self.program.modules().map(|it| it.file)
    }

    /// The attributes of a file that plainly is a set, or a function that gives one: their names, and the expressions given to
    /// them. Nothing else of the file can reach these. Nothing where the set is made in another way.
    pub fn attributes_of_file(&self, file: FileId) -> Option<Vec<(Sym, Span)>> {
        let mut at = self.program.root_of(file)?;
        let set = loop {
            at = match self.program.exprs[at.0 as usize] {
                Expr::Lambda(lambda) => self.program.lambdas[lambda as usize].body,
                Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => body,
                Expr::Attrs(set) => break &self.program.sets[set as usize],
                _ => return None,
            };
        };
        if set.recursive {
            return None;
        }
        let given = |it: &super::program::SetEntry| match it.definition {
            Definition::Value(value) => Some((it.name, self.program.span(value))),
            _ => None,
        };
        Some(self.program.entries[set.entries.indices()].iter().filter_map(given).collect())
    }

    /// The paths written in these files, absolute, and where.
    pub fn paths_written(&self, files: &[FileId]) -> Vec<(std::path::PathBuf, Span)> {
        let mut found = Vec::new();
        let files: rustc_hash::FxHashSet<FileId> = files.iter().copied().collect();
        for module in self.program.modules().filter(|it| files.contains(&it.file)) {
            for number in module.exprs {
                if let Expr::Path(path) = self.program.exprs[number as usize] {
                    found.push((self.name(path).into(), self.program.span(ExprId(number))));
                }
            }
        }
        found
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::eval::{Evaluator, Settings};
    use crate::system::OverlayFiles;
    use crate::text::Span;

    fn written(eval: &Evaluator, at: (u32, u32), file: crate::text::FileId) -> &str {
        eval.sources().slice(Span::new(file, at.0, at.1))
    }

    #[test]
    fn elements_of_a_list_are_found_by_its_place() {
        let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
        eval.eval_text("<first>", "[ 0 ]");
        let text = "{ a = [ 1 (f [ x ]) <n> ]; b = [ ] ++ [ a.b ]; f = x: x; __findFile = 1; }";
        eval.eval_text("<second>", text);
        let file = eval.sources().find("<second>".as_ref()).unwrap();
        let elements = |list: &str| {
            let start = u32::try_from(text.find(list).unwrap()).unwrap();
            let at = Span::new(file, start, start + u32::try_from(list.len()).unwrap());
            let found = eval.elements_at(at)?;
            Some(found.iter().map(|it| eval.sources().slice(*it)).collect::<Vec<_>>())
        };
        assert_eq!(elements("[ 1 (f [ x ]) <n> ]").unwrap().len(), 3);
        assert_eq!(elements("[ x ]"), Some(vec!["x"]));
        assert_eq!(elements("[ a.b ]"), Some(vec!["a.b"]));
        assert_eq!(elements("[ ]"), Some(vec![]));
        assert_eq!(elements("[ ] ++ [ a.b ]"), None);
    }

    #[test]
    fn uses_of_a_name_are_selections_takers_and_bindings() {
        let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
        eval.eval_text("<first>", "{ nodes, ... }: [ nodes.web.config (nodes.db or 1) other.nodes ]");
        eval.eval_text("<second>", "let nodes = 1; in nodes");
        let found = eval.uses("nodes", |_| true);
        let [first, second] = &found[..] else { panic!("each file once: {found:?}") };
        let selected: Vec<_> =
            first.selections.iter().map(|it| (eval.name(it.attribute), it.has_default)).collect();
        assert_eq!(selected, [("web", false), ("db", true)]);
        assert_eq!(first.takers.len(), 1);
        assert!(written(&eval, first.takers[0].1, first.file).starts_with("[ nodes.web"));
        assert!(!first.bound && second.bound && second.takers.is_empty());
    }
}
