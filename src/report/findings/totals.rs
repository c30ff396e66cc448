//! What sums the findings up: counts, what can be repaired, and where to read more. Shows no finding itself.

use std::collections::BTreeMap;

use crate::checks::{self, Repairs};
use crate::findings::Level;

use super::{LeftOut, Report, plural};

/// With more findings than this, they are counted by check and by file.
const MANY: usize = 12;
/// So many files are named; who has more is helped by the checks.
const MOST_FILES: usize = 8;
/// So many checks are named where one can read more.
const MOST_PAGES: usize = 3;
/// How many reasons for not knowing something are named below the report.
const UNKNOWN_SHOWN: usize = 5;

/// What was looked at and what came of it, in one line.
pub fn summary_line(report: &Report<'_>) -> String {
    let mut counted: Vec<String> = [
        (report.count(Level::Error), "error"),
        (report.count(Level::Warning), "warning"),
        (report.count(Level::Hint), "hint"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| plural(count, word))
    .collect();
    let left_out = left_out(report.extent.left_out);
    if counted.is_empty() {
        let new = if left_out.is_empty() { "wrong" } else { "new" };
        counted.push(format!("nothing {new} was found"));
    }
    format!(
        "checked {}, {}: {}{left_out}",
        plural(report.extent.files, "file"),
        plural(report.extent.machines, "machine"),
        counted.join(", ")
    )
}

/// `; left out: 3 in unchanged files, 2 of the baseline`.
fn left_out(left_out: LeftOut) -> String {
    let parts: Vec<String> =
        [(left_out.unchanged, "in unchanged files"), (left_out.baseline, "of the baseline")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, why)| format!("{count} {why}"))
            .collect();
    if parts.is_empty() { String::new() } else { format!("; left out: {}", parts.join(", ")) }
}

/// All that stands below the findings.
pub(super) fn below(report: &Report<'_>, width: usize) -> String {
    let mut text = String::new();
    if report.findings.len() > MANY {
        text.push_str(&by_check(report));
        text.push_str(&by_file(report));
        text.push('\n');
    }
    text.push_str(&summary_line(report));
    text.push('\n');
    text.push_str(&repairable(report));
    text.push_str(&pages(report, width));
    text.push_str(&unknown(report));
    text
}

/// The checks with their counts, the worst and the most frequent first.
fn by_check(report: &Report<'_>) -> String {
    let mut counts: BTreeMap<(Level, &str), usize> = BTreeMap::new();
    for it in report.findings {
        *counts.entry((it.level, it.id)).or_default() += 1;
    }
    let mut counts: Vec<((Level, &str), usize)> = counts.into_iter().collect();
    counts.sort_by_key(|((level, _), count)| (*level, std::cmp::Reverse(*count)));
    counts.iter().map(|((level, id), count)| format!("{count:>6}  {id} ({level})\n")).collect()
}

/// The files with most findings.
fn by_file(report: &Report<'_>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for it in report.findings {
        *counts.entry(report.path(it.span.file)).or_default() += 1;
    }
    if counts.len() < 2 {
        return String::new();
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text: String =
        counts.iter().take(MOST_FILES).map(|(path, count)| format!("{count:>6}  in {path}\n")).collect();
    if counts.len() > MOST_FILES {
        let more: usize = counts[MOST_FILES..].iter().map(|(_, count)| count).sum();
        text.push_str(&format!("{more:>6}  in {}\n", plural(counts.len() - MOST_FILES, "other file")));
    }
    text
}

/// What the program can do by itself.
fn repairable(report: &Report<'_>) -> String {
    let count = |which: Repairs| report.findings.iter().filter(|it| which.of(it).is_some()).count();
    let (safe, all) = (count(Repairs::Safe), count(Repairs::All));
    let mut text = String::new();
    if safe > 0 {
        text.push_str(&format!("{safe} can be repaired: nixwright check --fix\n"));
    }
    if all > safe {
        let more = all - safe;
        text.push_str(&format!(
            "{more} can be repaired and need a look: nixwright check --fix --unsafe-fixes\n"
        ));
    }
    text
}

/// Where to read more: a command that fits on its line, because it is to be copied.
fn pages(report: &Report<'_>, width: usize) -> String {
    let mut ids: Vec<(Level, &str)> = report.findings.iter().map(|it| (it.level, it.id)).collect();
    ids.sort_unstable();
    ids.dedup_by_key(|it| it.1);
    ids.retain(|(_, id)| checks::find(id).is_some());
    if ids.is_empty() {
        return String::new();
    }
    let mut command = format!("for more: nixwright explain {}", ids[0].1);
    for (_, id) in ids.iter().take(MOST_PAGES).skip(1) {
        if command.len() + 1 + id.len() <= width {
            command.push_str(&format!(" {id}"));
        }
    }
    command + "\n"
}

/// What could not be known: so that silence is not mistaken for praise.
fn unknown(report: &Report<'_>) -> String {
    let unknown = &report.extent.unknown;
    let mut text = String::new();
    for reason in unknown.iter().take(UNKNOWN_SHOWN) {
        text.push_str(&format!("not known: {reason}\n"));
    }
    if unknown.len() > UNKNOWN_SHOWN {
        text.push_str(&format!("not known: and {} more\n", unknown.len() - UNKNOWN_SHOWN));
    }
    text
}
