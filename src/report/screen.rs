//! Text of users made fit for a screen: the one place that decides which characters are shown as they are.
//!
//! Names, messages and values come from files that somebody else may have written; an escape sequence in them would
//! act on the terminal, and a change of the reading direction would hide what is written.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// Stands for a character that is not shown.
const HIDDEN: char = '\u{fffd}';

/// Whether a character is harmless on a screen. Line breaks and tabs are not: what they do depends on the place.
pub(crate) fn visible(it: char) -> bool {
    !it.is_control()
        && !matches!(it,
            // Marks of the reading direction, and other breaks.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // What takes no room and looks like nothing: two names that differ by it look the same.
            | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of several lines: breaks stay, tabs become blanks, the rest that is not visible is replaced.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    if text.chars().all(|it| it == '\n' || visible(it)) {
        return Cow::Borrowed(text);
    }
    // A carriage return before a line break is part of it.
    let text = text.replace("\r\n", "\n");
    Cow::Owned(text.chars().map(|it| if it == '\n' { it } else { shown(it) }).collect())
}

/// Text that has to stay on its line, such as a cell or a path.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(visible) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// Words wrapped at blanks to a screen of this width: the first line has `taken` columns before it, the others are moved in.
/// Line breaks stay.
pub(crate) fn wrapped(text: &str, width: usize, taken: usize, indent: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    let mut column = taken;
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        }
        for (number, word) in line.split(' ').enumerate() {
            let columns = word.width();
            if number > 0 {
                if column + 1 + columns > width && column > indent {
                    wrapped.push('\n');
                    wrapped.push_str(&" ".repeat(indent));
                    column = indent;
                } else {
                    wrapped.push(' ');
                    column += 1;
                }
            }
            wrapped.push_str(word);
            column += columns;
        }
    }
    wrapped
}

fn shown(it: char) -> char {
    match it {
        '\t' => ' ',
        it if visible(it) => it,
        _ => HIDDEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_by_their_columns() {
        assert_eq!(wrapped("aa bb cc", 5, 0, 1), "aa bb\n cc");
        assert_eq!(wrapped("漢字 漢字\nx", 9, 2, 2), "漢字\n  漢字\n  x");
        assert_eq!(wrapped("aaaaaaaa b", 4, 0, 2), "aaaaaaaa\n  b");
    }

    #[test]
    fn what_acts_on_a_terminal_is_replaced() {
        assert_eq!(
            line("a\u{1b}[31mb\u{7}\u{9b}c\u{202e}\nd"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}\u{fffd}d"
        );
        assert_eq!(lines("a\r\nb\tc\rd\u{2067}"), "a\nb c\u{fffd}d\u{fffd}");
        assert_eq!(line("we\u{200b}b"), "we\u{fffd}b");
        assert!(matches!(lines("größe\n… 漢字"), Cow::Borrowed(_)));
    }
}
