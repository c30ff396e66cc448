//! Findings for people: a picture each, with the source, labels across files, and what to do; then one line that
//! sums up. The page by which the tool is judged.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode, ThemeCharacters,
    ThemeStyles,
};

use crate::findings::{Finding, Level};
use crate::text::Span;

use super::excerpt::Excerpt;
use super::{Look, Report, summary_line};

/// Columns that line numbers, borders and label gutters take beside the source.
const GUTTER: usize = 12;
/// A screen narrower than this is treated as this wide: the picture needs some room.
const NARROWEST: usize = 40;
/// Wider lines are hard to read.
const WIDEST: usize = 110;
/// How many reasons for not knowing something are named below the report.
const UNKNOWN_SHOWN: usize = 5;

pub(super) fn render(report: &Report<'_>, look: Look) -> String {
    let width = look.width.clamp(NARROWEST, WIDEST);
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if look.colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_links(false)
        .without_syntax_highlighting()
        .with_break_words(false);
    let mut text = String::new();
    // A secret may also stand beside what another finding is about.
    let hidden: Vec<Span> = report.findings.iter().flat_map(|it| it.hidden.iter().copied()).collect();
    for finding in report.findings {
        let picture = Picture::new(report, finding, &hidden, width);
        handler.render_report(&mut text, &picture).expect("a picture is written into a string");
        text.push('\n');
    }
    text.push_str(&summary_line(report));
    text.push('\n');
    text.push_str(&unknown(report));
    text
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

/// A finding as miette wants it.
struct Picture<'a> {
    finding: &'a Finding,
    labels: Vec<LabeledSpan>,
    excerpt: Excerpt,
}

impl<'a> Picture<'a> {
    fn new(report: &Report<'_>, finding: &'a Finding, hidden: &[Span], width: usize) -> Self {
        let spans: Vec<Span> =
            std::iter::once(finding.span).chain(finding.labels.iter().map(|it| it.span)).collect();
        let excerpt = Excerpt::new(report.sources, &spans, hidden, width - GUTTER, |file| report.path(file));
        let notes = std::iter::once(&finding.note).chain(finding.labels.iter().map(|it| &it.message));
        let labels = excerpt
            .places
            .iter()
            .zip(notes)
            .enumerate()
            .map(|(at, (place, note))| {
                let note = Some(note.clone()).filter(|note| !note.is_empty());
                if at == 0 {
                    LabeledSpan::new_primary_with_span(note, (place.start, place.len))
                } else {
                    LabeledSpan::new(note, place.start, place.len)
                }
            })
            .collect();
        Self { finding, labels, excerpt }
    }
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.finding.message)
    }
}

impl fmt::Debug for Picture<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.finding, out)
    }
}

impl std::error::Error for Picture<'_> {}

impl Diagnostic for Picture<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(format!("{}[{}]", self.finding.level, self.finding.id)))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Hint => Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.finding.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
