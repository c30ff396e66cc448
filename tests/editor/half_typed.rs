//! Half-typed texts: at every prefix of the examples' files, and with every single token taken away, the server answers, and
//! what it says beyond the unfinished line is only what it would say of the whole text, or a mistake of grammar.
//!
//! A random part of them is tried; `ALL=1` tries all (`make lsp-half-typed`).

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::networks::{Dice, Edited, Said, names, tokens};

/// What is tried without `ALL`.
const BUDGET: Duration = Duration::from_secs(6);

/// What says that a text is not finished. It may show in the place where the parser noticed it.
const OF_GRAMMAR: [&str; 3] = ["syntax-error", "undefined-variable", "duplicate-attribute"];

fn key(said: &Said) -> (String, String, String) {
    (said.0.clone(), said.1.clone(), said.4.clone())
}

/// What is said of a damaged text beyond its line, and would not be said without the damage.
fn beyond(
    network: &mut Edited,
    whole: &BTreeSet<(String, String, String)>,
    file: &str,
    line: u32,
) -> Vec<Said> {
    let said = network.server_says();
    let damaged = said.iter().any(|it| it.0 == file && it.1 == "syntax-error");
    if !damaged {
        return Vec::new();
    }
    let here = |it: &Said| it.0 == file && it.3[0] <= line && line <= it.3[2];
    let more = said.iter().filter(|it| !OF_GRAMMAR.contains(&it.1.as_str()) && !here(it));
    more.filter(|it| !whole.contains(&key(it))).cloned().collect()
}

struct Case {
    path: std::path::PathBuf,
    text: String,
    line: u32,
    what: String,
}

/// Every prefix that ends behind a token or inside of one, and every text without one token.
fn cases(path: &Path, text: &str) -> Vec<Case> {
    let line = |at: usize| u32::try_from(text[..at].matches('\n').count() + 1).unwrap();
    let mut cases = Vec::new();
    for (at, it) in text.char_indices() {
        let end = at + it.len_utf8();
        let what = format!("the first {end} bytes");
        cases.push(Case { path: path.to_owned(), text: text[..end].to_owned(), line: line(end), what });
    }
    for (start, end) in tokens(text) {
        let what = format!("without `{}` at {start}", &text[start..end]);
        let text = format!("{}{}", &text[..start], &text[end..]);
        cases.push(Case { path: path.to_owned(), text, line: line(start), what });
    }
    cases
}

#[test]
fn half_a_text_is_answered_without_false_alarms() {
    let all = std::env::var_os("ALL").is_some();
    let (begun, mut tried, mut dice) = (Instant::now(), 0, Dice(8));
    let mut wrong: Vec<String> = Vec::new();
    let names = names();
    let time_of_each = BUDGET / u32::try_from(names.len()).unwrap();
    for name in names {
        let begun = Instant::now();
        let mut network = Edited::new(&name);
        let whole: BTreeSet<_> = network.server_says().iter().map(key).collect();
        let mut cases: Vec<Case> =
            network.nix_files().iter().flat_map(|path| cases(path, &network.texts[path])).collect();
        while !cases.is_empty() && (all || begun.elapsed() < time_of_each) {
            let case = cases.swap_remove(dice.below(cases.len()));
            let before = network.texts[&case.path].clone();
            network.set(&case.path, &case.text);
            let file =
                case.path.strip_prefix(Path::new("/examples").join(&name)).unwrap().display().to_string();
            let more = beyond(&mut network, &whole, &file, case.line);
            if !more.is_empty() {
                wrong.push(format!("{name}/{file}, {}: {more:?}", case.what));
            }
            network.set(&case.path, &before);
            tried += 1;
        }
    }
    eprintln!("{tried} half-typed texts in {:.1} s", begun.elapsed().as_secs_f64());
    assert!(tried > 200, "only {tried} texts were tried");
    let shown = &wrong[..wrong.len().min(40)];
    assert!(
        wrong.is_empty(),
        "{} of {tried} texts are told more than their mistake:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
