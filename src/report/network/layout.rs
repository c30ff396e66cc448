//! Lines for a page: words wrapped to the screen below a label, styles only where there is colour.

use super::super::screen;

pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const CYAN: &str = "\x1b[36m";
pub(super) const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// A screen narrower than this is written as if it were this wide.
const NARROWEST: usize = 30;
/// Below this many columns labels stand on lines of their own.
const NARROW: usize = 60;
/// Labels longer than this stand on lines of their own.
const LONGEST_LABEL: usize = 28;

/// A blank at which no line is broken. It is printed as a plain one.
pub(super) const UNBROKEN: &str = "\u{a0}";
const UNBROKEN_CHAR: char = '\u{a0}';

/// A page on its way.
pub(super) struct Lines {
    text: String,
    colour: bool,
    width: usize,
    /// Where text begins, to the right of the labels.
    indent: usize,
}

impl Lines {
    /// `labels` are all that will be used: they decide where text begins.
    pub(super) fn new<'a>(colour: bool, width: usize, labels: impl Iterator<Item = &'a str>) -> Self {
        let width = width.max(NARROWEST);
        let longest = labels.map(|it| it.chars().count()).filter(|it| *it <= LONGEST_LABEL).max();
        let indent = if width < NARROW { 4 } else { longest.unwrap_or(0) + 4 };
        Self { text: String::new(), colour, width, indent }
    }

    pub(super) fn painted(&self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{RESET}") } else { text.to_owned() }
    }

    /// A line as it is, at the left edge.
    pub(super) fn heading(&mut self, text: &str) {
        let text = self.painted(BOLD, &screen::line(text));
        self.text.push_str(&text);
        self.text.push('\n');
    }

    /// A label and, beside it or below it, the first paragraph of what it has.
    pub(super) fn labelled(&mut self, label: &str, style: &str, text: &str) {
        let label = screen::line(label).into_owned();
        let taken = label.chars().count() + 2;
        self.text.push_str("  ");
        self.text.push_str(&label);
        if taken + 2 > self.indent {
            self.text.push('\n');
            self.paragraph(style, text);
        } else {
            self.text.push_str(&" ".repeat(self.indent - taken));
            self.wrapped(style, text, 0);
        }
    }

    /// A paragraph below the text of a label.
    pub(super) fn paragraph(&mut self, style: &str, text: &str) {
        self.text.push_str(&" ".repeat(self.indent));
        self.wrapped(style, text, 0);
    }

    /// The same, a step further in.
    pub(super) fn inner(&mut self, style: &str, text: &str) {
        self.text.push_str(&" ".repeat(self.indent + 2));
        self.wrapped(style, text, 2);
    }

    /// Words from the current column on; further lines begin at the indent, `more` columns further in.
    fn wrapped(&mut self, style: &str, text: &str, more: usize) {
        let text = screen::line(text).into_owned();
        let indent = self.indent + more;
        let room = self.width.saturating_sub(indent).max(10);
        let mut line = String::new();
        let mut lines = Vec::new();
        let fitting = |word: &str| word.chars().count() <= room;
        let words = text
            .split(' ')
            .flat_map(|word| word.split(if fitting(word) { ' ' } else { UNBROKEN_CHAR }).collect::<Vec<_>>());
        for word in words {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                self.text.push_str(&" ".repeat(indent));
            }
            let painted = self.painted(style, &line.replace(UNBROKEN, " "));
            self.text.push_str(&painted);
            self.text.push('\n');
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: usize) -> String {
        let mut lines = Lines::new(false, width, ["tags", "targetHost"].into_iter());
        lines.heading("web");
        lines.labelled("tags", "", "one two three four five six seven eight nine ten eleven twelve");
        lines.inner("", "and then some more words that do not fit into one line of text at all");
        lines.finish()
    }

    #[test]
    fn words_are_wrapped_below_their_label() {
        insta::assert_snapshot!(shown(64), @r"
        web
          tags        one two three four five six seven eight nine ten
                      eleven twelve
                        and then some more words that do not fit into
                        one line of text at all
        ");
        insta::assert_snapshot!(shown(34), @r"
        web
          tags
            one two three four five six
            seven eight nine ten eleven
            twelve
              and then some more words
              that do not fit into one
              line of text at all
        ");
    }
}
