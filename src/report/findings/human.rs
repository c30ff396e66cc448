//! Findings for people: a picture each, with the source, labels across files, and what to do; then a few lines that sum up.
//! The page by which the tool is judged.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode, ThemeCharacters,
    ThemeStyles,
};

use crate::checks::Repairs;
use crate::findings::{Finding, Hidden, Level};
use crate::report::screen;
use crate::text::Span;

use super::excerpt::Excerpt;
use super::{Look, Report, change, totals};

/// Columns that line numbers, borders and label gutters take beside the source.
const GUTTER: usize = 12;
/// A screen narrower than this is treated as this wide: the picture needs some room.
const NARROWEST: usize = 40;
/// A note at the right edge is as wide as this all the same.
const NARROWEST_NOTE: usize = 20;
/// Wider lines are hard to read.
const WIDEST: usize = 110;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

pub(super) fn render(report: &Report<'_>, look: Look) -> String {
    let mut text = pictures(report, look);
    text.push_str(&totals::below(report, look.width));
    text
}

/// One picture per finding, each with an empty line below.
pub(super) fn pictures(report: &Report<'_>, look: Look) -> String {
    let width = look.width.clamp(NARROWEST, WIDEST);
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if look.colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let handler = handler.without_syntax_highlighting().with_break_words(false);
    let mut text = String::new();
    let hidden = Hidden::of(report.findings);
    for finding in report.findings {
        let look = Look { width, ..look };
        text.push_str(&title(finding, look));
        let picture = Picture::new(report, finding, &hidden, width);
        let mut drawn = String::new();
        handler.render_report(&mut drawn, &picture).expect("a picture is written into a string");
        // Above the excerpt stands the title as miette would write it, which is empty here.
        text.push_str(drawn.split_once('\n').map_or("", |(_, excerpt)| excerpt));
        text.push_str(&advice(report, finding, &hidden, look));
        text.push('\n');
    }
    text
}

fn painted(look: Look, style: &str, text: &str) -> String {
    if look.colour && !text.is_empty() { format!("{style}{text}{RESET}") } else { text.to_owned() }
}

/// `error[target-host-empty]: the targetHost of `app` is empty`.
fn title(finding: &Finding, look: Look) -> String {
    let colour = match finding.level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Hint => CYAN,
    };
    let head = format!("{}[{}]", finding.level, finding.id);
    let lines = screen::wrapped(&format!("{head}: {}", finding.message), look.width, 0, 2);
    // The head may have been wrapped away from what follows, but has no blank itself.
    let (first, rest) = lines.split_at(head.len().min(lines.len()));
    format!("{}{}\n", painted(look, &format!("{BOLD}{colour}"), first), bold_lines(look, rest))
}

/// Every line by itself, so that a pager keeps the style.
fn bold_lines(look: Look, text: &str) -> String {
    text.split('\n').map(|line| painted(look, BOLD, line)).collect::<Vec<_>>().join("\n")
}

/// What to do: in words, and as the lines that a repair changes.
fn advice(report: &Report<'_>, finding: &Finding, hidden: &Hidden, look: Look) -> String {
    let mut text = String::new();
    if let Some(help) = &finding.help {
        let lines = screen::wrapped(help, look.width, 8, 8);
        text.push_str(&format!("  {}: {lines}\n", painted(look, CYAN, "help")));
    }
    let Some(fix) = Repairs::All.of(finding) else { return text };
    let how = if fix.safe { "--fix" } else { "--fix --unsafe-fixes" };
    let words = format!("{} (nixwright check {how})", fix.title);
    let lines = screen::wrapped(&words, look.width, 7, 7);
    text.push_str(&format!("  {}: {lines}\n", painted(look, GREEN, "fix")));
    for line in change::lines(report.sources, fix, hidden, look.width - GUTTER) {
        let (colour, sign) = if line.is_new { (GREEN, '+') } else { (RED, '-') };
        let line = format!("{:>8} {sign} {}", line.number, line.text);
        text.push_str(&format!("{}\n", painted(look, colour, &line)));
    }
    text
}

/// The excerpt of a finding as miette wants it. Words above and below it are ours.
struct Picture {
    level: Level,
    labels: Vec<LabeledSpan>,
    excerpt: Excerpt,
}

impl Picture {
    fn new(report: &Report<'_>, finding: &Finding, hidden: &Hidden, width: usize) -> Self {
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
                let room = width.saturating_sub(GUTTER + excerpt.column(place)).max(NARROWEST_NOTE);
                let note = Some(screen::wrapped(note, room, 0, 0)).filter(|note| !note.is_empty());
                if at == 0 {
                    LabeledSpan::new_primary_with_span(note, (place.start, place.len))
                } else {
                    LabeledSpan::new(note, place.start, place.len)
                }
            })
            .collect();
        Self { level: finding.level, labels, excerpt }
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("")
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.labels, out)
    }
}

impl std::error::Error for Picture {}

impl Diagnostic for Picture {
    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Hint => Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
