//! Findings as text: for people (`human`, `markdown`), one line each (`short`), for GitHub's log (`github`), and for
//! programs (`json`, `sarif`, `gitlab`). All of them are made from the same sorted list; the same input gives the same bytes.

mod change;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod markdown;
mod sarif;
mod short;
mod totals;

#[cfg(test)]
mod odd_sources;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::findings::{Finding, Fingerprint, Level, fingerprints};
use crate::report::screen;
use crate::text::{FileId, Sources, Span};

#[cfg(test)]
pub(crate) use json::schema;
pub use json::{FindingJson, LevelJson, PlaceJson, ReportJson};
pub use totals::summary_line;

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Human,
    Json,
    Sarif,
    Github,
    Gitlab,
    Markdown,
    Short,
}

/// What the screen can do; of interest to [`Format::Human`] only.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

/// What was looked at, beside the findings themselves.
#[derive(Clone, Debug, Default)]
pub struct Extent {
    pub files: usize,
    pub machines: usize,
    /// What could not be known, one short sentence each.
    pub unknown: Vec<String>,
    /// What was found and is not among the findings.
    pub left_out: LeftOut,
    /// One for each finding; without them they are made where they are needed.
    pub fingerprints: Vec<Fingerprint>,
    /// What paths in fingerprints, and those for GitLab, are relative to; without it the working folder.
    pub root: Option<PathBuf>,
}

/// How many findings do not count, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// They are not news since the revision that was named.
    pub unchanged: usize,
    /// They stand in the baseline.
    pub baseline: usize,
}

/// Everything that a format may show.
pub struct Report<'a> {
    pub findings: &'a [Finding],
    pub sources: &'a Sources,
    pub extent: &'a Extent,
    /// Paths below it are shown relative to it.
    pub working_folder: &'a Path,
}

/// The findings for people, without what sums them up.
pub fn pictures(report: &Report<'_>, look: Look) -> String {
    let findings: Vec<Finding> = report.findings.iter().map(harmless).collect();
    human::pictures(&Report { findings: &findings, ..*report }, look)
}

/// The findings in one of the formats, ready to be printed.
pub fn render(report: &Report<'_>, format: Format, look: Look) -> String {
    match format {
        Format::Json => return json::render(report),
        Format::Sarif => return sarif::render(report),
        Format::Gitlab => return gitlab::render(report),
        Format::Human | Format::Github | Format::Markdown | Format::Short => {}
    }
    // What people read is made harmless here, once for all; programs get the text as it is, escaped by their format.
    let findings: Vec<Finding> = report.findings.iter().map(harmless).collect();
    let unknown = report.extent.unknown.iter().map(|it| screen::line(it).into_owned()).collect();
    let extent = Extent { unknown, ..report.extent.clone() };
    let report = &Report { findings: &findings, extent: &extent, ..*report };
    match format {
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report),
        Format::Short => short::render(report),
        _ => human::render(report, look),
    }
}

/// A finding whose words do nothing to a terminal.
fn harmless(finding: &Finding) -> Finding {
    let clean = |text: &str| screen::lines(text).into_owned();
    let mut finding = finding.clone();
    finding.message = clean(&finding.message);
    finding.note = clean(&finding.note);
    finding.help = finding.help.as_deref().map(clean);
    for fix in &mut finding.fixes {
        fix.title = clean(&fix.title);
    }
    for label in &mut finding.labels {
        label.message = clean(&label.message);
    }
    finding
}

impl Report<'_> {
    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|it| it.level == level).count()
    }

    /// What paths in fingerprints are relative to.
    fn root(&self) -> &Path {
        self.extent.root.as_deref().unwrap_or(self.working_folder)
    }

    /// One for each finding.
    fn fingerprints(&self) -> Cow<'_, [Fingerprint]> {
        let given = &self.extent.fingerprints;
        if given.len() == self.findings.len() {
            return Cow::Borrowed(given);
        }
        Cow::Owned(fingerprints(self.findings, self.sources, self.root()))
    }

    /// The path of a file as it is shown: relative where it lies below the working folder.
    fn path(&self, file: FileId) -> String {
        shown_path(self.sources.path(file), self.working_folder)
    }

    /// `path:line:column` of a span's first character.
    fn place(&self, span: Span) -> String {
        let at = self.sources.position(span);
        format!("{}:{}:{}", self.path(span.file), at.line, at.column)
    }
}

/// A path as people want to read it: relative to the folder they are in, where it lies below it.
pub fn shown_path(path: &Path, working_folder: &Path) -> String {
    let shown: PathBuf = match path.strip_prefix(working_folder) {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    };
    // A name with a line break in it must not break our lines.
    screen::line(&shown.to_string_lossy()).into_owned()
}

/// `1 machine`, `2 machines`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("{count} {word}") } else { format!("{count} {word}s") }
}

/// Where the page of a check lies in this repository.
fn page(id: &str) -> String {
    format!("docs/checks/{id}.md")
}
