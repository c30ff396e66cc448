//! Positions as the protocol counts them (lines from 0, columns in UTF-16 units or bytes) to byte offsets and back.
//! Knows texts, no documents.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::text::LineIndex;

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// What every client understands.
    #[default]
    Utf16,
    Utf8,
}

impl Encoding {
    /// The best of those that a client offers.
    pub fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    /// As the protocol names it.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf8 => PositionEncodingKind::UTF8,
        }
    }

    /// The byte offset of a position. What lies past the end of its line means that end, and what lies past the last line
    /// the end of the text; a position inside of a character means its beginning.
    pub fn offset(self, text: &str, lines: &LineIndex, position: Position) -> u32 {
        let line = position.line.saturating_add(1);
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let Some(range) = lines.line_range(text, line) else { return end };
        let written = text.get(range.clone()).unwrap_or_default();
        let column = position.character as usize;
        let bytes = match self {
            Encoding::Utf8 => {
                let mut at = column.min(written.len());
                while !written.is_char_boundary(at) {
                    at -= 1;
                }
                at
            }
            Encoding::Utf16 => {
                let mut units = 0;
                let past = |(_, it): &(usize, char)| {
                    units += it.len_utf16();
                    units > column
                };
                written.char_indices().find(past).map_or(written.len(), |(at, _)| at)
            }
        };
        u32::try_from(range.start + bytes).unwrap_or(u32::MAX)
    }

    /// The position of a byte offset; one past the end of the text means that end.
    pub fn position(self, text: &str, lines: &LineIndex, offset: u32) -> Position {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = lines.position(text, u32::try_from(at).unwrap_or(u32::MAX)).line;
        let start = lines.line_range(text, line).map_or(0, |it| it.start);
        let before = text.get(start..at).unwrap_or_default();
        let column = match self {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Position { line: line - 1, character: u32::try_from(column).unwrap_or(u32::MAX) }
    }

    /// The range between two byte offsets.
    pub fn range(self, text: &str, lines: &LineIndex, start: u32, end: u32) -> Range {
        Range { start: self.position(text, lines, start), end: self.position(text, lines, end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_agreed() {
        let text = "a\n  é = \"😀\"; # x\r\nlast";
        let lines = LineIndex::new(text);
        let at = u32::try_from(text.find(';').unwrap()).unwrap();
        let utf16 = Position { line: 1, character: 10 };
        let utf8 = Position { line: 1, character: 13 };
        assert_eq!(Encoding::Utf16.position(text, &lines, at), utf16);
        assert_eq!(Encoding::Utf8.position(text, &lines, at), utf8);
        assert_eq!(Encoding::Utf16.offset(text, &lines, utf16), at);
        assert_eq!(Encoding::Utf8.offset(text, &lines, utf8), at);
    }

    #[test]
    fn a_position_that_is_nowhere_means_the_nearest_place() {
        let text = "é😀\nb\n";
        let lines = LineIndex::new(text);
        let offset =
            |encoding: Encoding, line, character| encoding.offset(text, &lines, Position { line, character });
        assert_eq!(offset(Encoding::Utf16, 0, 2), 2, "inside of a pair");
        assert_eq!(offset(Encoding::Utf8, 0, 1), 0, "inside of a character");
        assert_eq!(offset(Encoding::Utf16, 0, 99), 6);
        assert_eq!(offset(Encoding::Utf8, 1, 99), 8);
        assert_eq!(offset(Encoding::Utf16, 99, 0), 9);
        assert_eq!(offset(Encoding::Utf16, u32::MAX, u32::MAX), 9);
        assert_eq!(Encoding::Utf16.position(text, &lines, 999), Position { line: 2, character: 0 });
    }
}
