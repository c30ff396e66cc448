//! What a suite of others comes to: each case right or not and why, and the table of all suites. It runs nothing.

use std::fmt::Write;

use nixwright::eval::{Evaluated, Evaluator};
use nixwright::value::Stop;

/// How a case ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    /// We do not know; the reason.
    Unknown(String),
    /// A value, and not the expected one; or a value where an error is expected.
    Wrong(String),
    /// An error where a value is expected.
    Refused(String),
    /// An error where one is expected, but not with the expected words.
    Worded(String),
}

/// The cases of one suite.
#[derive(Default)]
pub(crate) struct Score {
    title: String,
    cases: Vec<(String, Verdict)>,
}

impl Score {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), cases: Vec::new() }
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, verdict: Verdict) {
        self.cases.push((name.into(), verdict));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The cases of the same suite, run another way, that ended otherwise; a line for each.
    pub(crate) fn disagreements(&self, other: &Score) -> Vec<String> {
        let pairs = self.cases.iter().zip(&other.cases);
        pairs
            .filter(|((_, ours), (_, theirs))| ours != theirs)
            .map(|((name, ours), (_, theirs))| {
                one_line(&format!("{} but {}: {name}: {ours:?} but {theirs:?}", self.title, other.title))
            })
            .collect()
    }

    fn count(&self, which: fn(&Verdict) -> bool) -> usize {
        self.cases.iter().filter(|(_, verdict)| which(verdict)).count()
    }

    /// Cases that would be a false alarm or a wrong value for a user.
    pub(crate) fn wrong(&self) -> usize {
        self.count(|it| matches!(it, Verdict::Wrong(_) | Verdict::Refused(_)))
    }
}

/// The table, and below it each case that is not right with its reason in one line.
pub(crate) fn table(scores: &[Score]) -> String {
    let mut out = String::new();
    let width = scores.iter().map(|score| score.title.len()).max().unwrap_or_default().max("suite".len());
    writeln!(
        out,
        "{:width$}  {:>11}  {:>7}  {:>5}  {:>7}  {:>11}",
        "suite", "right / all", "unknown", "wrong", "refused", "other words"
    )
    .unwrap();
    for score in scores {
        let right = score.count(|it| *it == Verdict::Right);
        writeln!(
            out,
            "{:width$}  {:>11}  {:>7}  {:>5}  {:>7}  {:>11}",
            score.title,
            format!("{right} / {}", score.cases.len()),
            score.count(|it| matches!(it, Verdict::Unknown(_))),
            score.count(|it| matches!(it, Verdict::Wrong(_))),
            score.count(|it| matches!(it, Verdict::Refused(_))),
            score.count(|it| matches!(it, Verdict::Worded(_))),
        )
        .unwrap();
    }
    for score in scores {
        for (name, verdict) in &score.cases {
            let (kind, why) = match verdict {
                Verdict::Right => continue,
                Verdict::Unknown(why) => ("unknown", why),
                Verdict::Wrong(why) => ("wrong", why),
                Verdict::Refused(why) => ("refused", why),
                Verdict::Worded(why) => ("other words", why),
            };
            writeln!(out, "{}: {kind}: {name}: {}", score.title, one_line(why)).unwrap();
        }
    }
    out
}

/// The longest reason that is printed.
const LONGEST: usize = 300;

fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    text[..cut].to_owned()
}

/// Why there is no value, with the place where it began.
pub(crate) fn why_not(evaluator: &Evaluator, stop: Stop) -> String {
    match stop {
        Stop::Unknown(id) => {
            let unknown = evaluator.reasons(id).last().copied().unwrap_or(evaluator.unknown(id)).clone();
            let place = unknown.span.map(|span| place(evaluator, span)).unwrap_or_default();
            format!("{} {place}", unknown.reason)
        }
        Stop::Error(id) => {
            let error = evaluator.error(id);
            format!("{} {}", error.message, place(evaluator, error.span))
        }
    }
}

fn place(evaluator: &Evaluator, span: nixwright::text::Span) -> String {
    let path = evaluator.sources().path(span.file);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    format!("({name}:{})", evaluator.sources().position(span).line)
}

/// The verdict over a case that should give a value, once something other than a value came.
pub(crate) fn no_value<T>(evaluator: &Evaluator, result: &Evaluated<T>) -> Option<Verdict> {
    match result {
        Ok(_) => None,
        Err(stop @ Stop::Unknown(_)) => Some(Verdict::Unknown(why_not(evaluator, *stop))),
        Err(stop) => Some(Verdict::Refused(why_not(evaluator, *stop))),
    }
}

#[test]
fn the_table_has_a_line_for_each_suite_and_each_case_that_is_not_right() {
    let mut score = Score::new("sums");
    score.add("one", Verdict::Right);
    score.add("two", Verdict::Wrong("3\n  and not 2".to_owned()));
    score.add("three", Verdict::Unknown("of fuel".to_owned()));
    assert_eq!(score.wrong(), 1);
    let mut again = Score::new("sums anew");
    again.add("one", Verdict::Right);
    again.add("two", Verdict::Right);
    again.add("three", Verdict::Unknown("of fuel".to_owned()));
    let otherwise = score.disagreements(&again);
    assert_eq!(otherwise, ["sums but sums anew: two: Wrong(\"3\\n and not 2\") but Right"]);
    let table = table(&[score]);
    assert!(table.contains("\nsums         1 / 3        1      1        0            0\n"), "{table}");
    assert!(table.ends_with("sums: wrong: two: 3 and not 2\nsums: unknown: three: of fuel\n"), "{table}");
}
