//! `nodes.<name>` in the modules of machines: who refers to whom by name.
//!
//! Looks at the code of functions that were called as modules, so that a function of the user's own with an
//! argument of the same name is not taken for one.

use rustc_hash::FxHashMap;

use crate::eval::{Evaluator, Selection, Uses};
use crate::text::{FileId, Span};

/// A literal reference to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub machine: String,
    /// The name, as written.
    pub at: Span,
    /// Whether the file asks first whether there is such a machine, or gives a default.
    pub guarded: bool,
    /// The parameters of the module it stands in.
    pub function: Span,
}

/// All references in modules whose heads these are.
pub(super) fn references(eval: &Evaluator, functions: &[Span]) -> Vec<Reference> {
    let mut functions: Vec<Span> = functions.iter().filter(|it| !eval.is_library(it.file)).copied().collect();
    functions.sort_unstable();
    let files: FxHashMap<FileId, &[Span]> = functions
        .chunk_by(|a, b| a.file == b.file)
        .filter_map(|heads| heads.first().map(|it| (it.file, heads)))
        .filter(|(file, _)| eval.sources().file(*file).text.contains("nodes."))
        .collect();
    let mut found = Vec::new();
    for uses in eval.uses("nodes", |file| files.contains_key(&file)) {
        if !uses.bound && !uses.selections.is_empty() {
            in_file(eval, &uses, files[&uses.file], &mut found);
        }
    }
    found.sort_by_key(|it: &Reference| it.at);
    found.dedup_by_key(|it| it.at);
    found
}

/// Those in modules of one file. It may have as many functions as references, so neither is searched once per other.
fn in_file(eval: &Evaluator, uses: &Uses, heads: &[Span], found: &mut Vec<Reference>) {
    let guards = Guards::new(&eval.sources().file(uses.file).text);
    let bodies: FxHashMap<(u32, u32), (u32, u32)> = uses.takers.iter().copied().collect();
    for head in heads {
        let Some(body) = bodies.get(&(head.start, head.end)) else { continue };
        found.extend(inside(&uses.selections, *body).map(|it| {
            let machine = eval.name(it.attribute).to_owned();
            let guarded = it.has_default || guards.ask_for(&machine);
            Reference { machine, at: Span::new(uses.file, it.at.0, it.at.1), guarded, function: *head }
        }));
    }
}

/// The selections in a range; they are sorted.
fn inside(selections: &[Selection], (start, end): (u32, u32)) -> impl Iterator<Item = &Selection> {
    let first = selections.partition_point(|it| it.whole.0 < start);
    selections[first..].iter().take_while(move |it| it.whole.0 < end).filter(move |it| it.whole.1 <= end)
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
        // Most files do not ask at all.
        if !text.contains('?') && !text.contains("hasAttr") {
            return Self { tails: Vec::new(), computed: false };
        }
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
