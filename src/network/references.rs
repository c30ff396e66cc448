//! `nodes.<name>` in the modules of machines: who refers to whom by name.
//!
//! Looks at the text of functions that were called as modules, so that a function of the user's own with an
//! argument of the same name is not taken for one.

use rustc_hash::FxHashMap;

use crate::syntax::{self, AttrName, Expr, ExprId, Lambda, Module};
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
    let mut functions = functions.to_vec();
    functions.sort_unstable();
    let files: Vec<&[Span]> = functions.chunk_by(|a, b| a.file == b.file).collect();
    let each = |files: &[&[Span]]| -> Vec<Reference> {
        files.iter().flat_map(|functions| in_file(sources, functions)).collect()
    };
    // Each file is parsed once more, and none has to do with another.
    let (first, second) = files.split_at(if files.len() < MANY_FILES { 0 } else { files.len() / 2 });
    let mut found = std::thread::scope(|scope| {
        let first = (!first.is_empty()).then(|| scope.spawn(|| each(first)));
        let mut found = each(second);
        found.extend(
            first
                .into_iter()
                .flat_map(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        found
    });
    found.sort_by_key(|it: &Reference| it.at);
    found.dedup();
    found
}

/// With fewer files a second thread is not worth its start.
const MANY_FILES: usize = 64;

/// Those in modules of one file.
fn in_file(sources: &Sources, functions: &[Span]) -> Vec<Reference> {
    let mut found = Vec::new();
    let Some(file) = functions.first().map(|it| it.file) else { return found };
    let text = &sources.file(file).text;
    if !text.contains("nodes.") {
        return found;
    }
    let module = syntax::parse(file, text).module;
    if binds_nodes(&module) {
        return found;
    }
    let heads: FxHashMap<(u32, u32), &Lambda> = module.lambdas.iter().map(|it| (it.at, it)).collect();
    let places = Places::new(&module, text);
    for span in functions {
        let Some(lambda) = heads.get(&(span.start, span.end)) else { continue };
        if takes_nodes(&module, lambda) {
            let body = module.span(lambda.body);
            found.extend(places.inside(body).map(|it| it.reference(file)));
        }
    }
    found
}

/// Whether anything but an argument is called `nodes`: then nobody knows which one is meant without evaluating.
fn binds_nodes(module: &Module) -> bool {
    module.sets.iter().flat_map(|set| &set.entries).any(|it| module.symbols.name(it.sym) == "nodes")
}

fn takes_nodes(module: &Module, lambda: &Lambda) -> bool {
    lambda.formals.is_some_and(|range| {
        module.formals[range.indices()].iter().any(|it| module.symbols.name(it.sym) == "nodes")
    })
}

/// Every `nodes.<name>` of a file, by position: a file may have as many functions as references, so neither is
/// searched once per other.
struct Places {
    found: Vec<Place>,
}

struct Place {
    whole: (u32, u32),
    name: (u32, u32),
    machine: String,
    guarded: bool,
}

impl Places {
    fn new(module: &Module, text: &str) -> Self {
        let guards = Guards::new(text);
        let mut found = Vec::new();
        for (index, expr) in module.exprs.iter().enumerate() {
            let Expr::Select { base, path, default } = *expr else { continue };
            let id = ExprId(u32::try_from(index).expect("a file has fewer than 2^32 nodes"));
            let base_at = module.span(base);
            if text.get(base_at.0 as usize..base_at.1 as usize) != Some("nodes") {
                continue;
            }
            let Some(step) = module.steps[path.indices()].first() else { continue };
            let AttrName::Static(sym) = step.name else { continue };
            let machine = module.symbols.name(sym).to_owned();
            let guarded = default.is_some() || guards.ask_for(&machine);
            found.push(Place { whole: module.span(id), name: step.at, machine, guarded });
        }
        found.sort_by_key(|it| it.whole);
        Self { found }
    }

    fn inside(&self, (start, end): (u32, u32)) -> impl Iterator<Item = &Place> {
        let first = self.found.partition_point(|it| it.whole.0 < start);
        self.found[first..].iter().take_while(move |it| it.whole.0 < end).filter(move |it| it.whole.1 <= end)
    }
}

impl Place {
    fn reference(&self, file: FileId) -> Reference {
        let at = Span::new(file, self.name.0, self.name.1);
        Reference { machine: self.machine.clone(), at, guarded: self.guarded }
    }
}

/// Where a file asks whether `nodes` has some machine.
struct Guards {
    /// What follows each `nodes ?` and each `hasAttr`, without blanks and quotes; sorted.
    tails: Vec<String>,
    computed: bool,
}

/// Names of machines are host names, and those have 63 characters.
const LONGEST_TAIL: usize = 80;

impl Guards {
    fn new(text: &str) -> Self {
        let plain: String = text.chars().filter(|it| !it.is_whitespace() && *it != '"').collect();
        let tail = |at: usize| plain[at..].chars().take(LONGEST_TAIL).collect::<String>();
        let has = plain.match_indices("nodes?").map(|(at, it)| tail(at + it.len()));
        // `hasAttr "web" nodes` and `nodes ? web` are made to look the same, apart from the word behind the name.
        let has_attr = plain.match_indices("hasAttr").map(|(at, it)| tail(at + it.len()));
        let mut tails: Vec<String> = has.chain(has_attr.filter(|it| it.contains("nodes"))).collect();
        tails.sort_unstable();
        Self { tails, computed: plain.contains("nodes?${") }
    }

    fn ask_for(&self, machine: &str) -> bool {
        let at = self.tails.partition_point(|it| it.as_str() < machine);
        self.computed || self.tails.get(at).is_some_and(|it| it.starts_with(machine))
    }
}
