//! `nodes.<name>` in the modules of machines: who refers to whom by name.
//!
//! Looks at the text of functions that were called as modules, so that a function of the user's own with an
//! argument of the same name is not taken for one.

use crate::syntax::{self, AttrName, Expr, ExprId, Module};
use crate::text::{FileId, Sources, Span};

/// A literal reference to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub machine: String,
    /// The name, as written.
    pub at: Span,
    /// Whether the file asks first whether there is such a machine, or gives a default.
    pub guarded: bool,
}

/// All references in modules whose heads these are.
pub(super) fn references(sources: &Sources, functions: &[Span]) -> Vec<Reference> {
    let mut files: Vec<FileId> = functions.iter().map(|it| it.file).collect();
    files.sort_unstable();
    files.dedup();
    let mut found = Vec::new();
    for file in files {
        let text = &sources.file(file).text;
        if !text.contains("nodes.") {
            continue;
        }
        let module = syntax::parse(file, text).module;
        if binds_nodes(&module) {
            continue;
        }
        for span in functions.iter().filter(|it| it.file == file) {
            in_function(&module, text, *span, &mut found);
        }
    }
    found.sort_by_key(|it: &Reference| it.at);
    found.dedup();
    found
}

/// Whether anything but an argument is called `nodes`: then nobody knows which one is meant without evaluating.
fn binds_nodes(module: &Module) -> bool {
    module.sets.iter().flat_map(|set| &set.entries).any(|it| module.symbols.name(it.sym) == "nodes")
}

fn in_function(module: &Module, text: &str, head: Span, found: &mut Vec<Reference>) {
    let Some(lambda) = module.lambdas.iter().find(|it| it.at == (head.start, head.end)) else { return };
    let takes_nodes = lambda.formals.is_some_and(|range| {
        module.formals[range.indices()].iter().any(|it| module.symbols.name(it.sym) == "nodes")
    });
    if !takes_nodes {
        return;
    }
    let (start, end) = module.span(lambda.body);
    for (index, expr) in module.exprs.iter().enumerate() {
        let Expr::Select { base, path, default } = *expr else { continue };
        let id = ExprId(u32::try_from(index).expect("a file has fewer than 2^32 nodes"));
        let at = module.span(id);
        let base_at = module.span(base);
        if at.0 < start || end < at.1 || text.get(base_at.0 as usize..base_at.1 as usize) != Some("nodes") {
            continue;
        }
        let Some(step) = module.steps[path.indices()].first() else { continue };
        let AttrName::Static(sym) = step.name else { continue };
        let machine = module.symbols.name(sym).to_owned();
        let guarded = default.is_some() || asks_for(text, &machine);
        found.push(Reference { machine, at: Span::new(head.file, step.at.0, step.at.1), guarded });
    }
}

/// Whether the file asks somewhere whether `nodes` has this machine.
fn asks_for(text: &str, machine: &str) -> bool {
    let plain: String = text.chars().filter(|it| !it.is_whitespace() && *it != '"').collect();
    plain.contains(&format!("nodes?{machine}"))
        || plain.contains(&format!("hasAttr{machine}nodes"))
        || plain.contains("nodes?${")
}
