//! Findings as text: for people (`human`), one line each (`short`), for GitHub's log (`github`), and for programs
//! (`json`, `sarif`). All five are made from the same sorted list; the same input gives the same bytes.

mod change;
mod excerpt;
mod github;
mod human;
mod json;
mod sarif;
mod short;
mod totals;

#[cfg(test)]
mod odd_sources;

use std::path::{Path, PathBuf};

use crate::findings::{Finding, Level};
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
        Format::Human | Format::Github | Format::Short => {}
    }
    // What people read is made harmless here, once for all; programs get the text as it is, escaped by their format.
    let findings: Vec<Finding> = report.findings.iter().map(harmless).collect();
    let unknown = report.extent.unknown.iter().map(|it| screen::line(it).into_owned()).collect();
    let extent = Extent { unknown, ..*report.extent };
    let report = &Report { findings: &findings, extent: &extent, ..*report };
    match format {
        Format::Github => github::render(report),
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
