//! From byte offsets to lines and columns.

/// A position as people and our JSON count it: both start at 1, columns count Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

/// Where each line of a text begins (byte offsets). Lines end at `\n`; a `\r` before it belongs to the line.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// How many characters begin before each block: all of a program may stand in one line.
    before_block: Vec<u32>,
}

/// Bytes in a block.
const BLOCK: usize = 4096;

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| offset(at + 1)),
        );
        let mut characters = 0;
        let counted = |block: &[u8]| {
            let before = characters;
            characters += offset(beginnings(block));
            before
        };
        let before_block = text.as_bytes().chunks(BLOCK).map(counted).collect();
        Self { starts, before_block }
    }

    /// How many characters begin before a byte offset that lies in the text.
    fn characters(&self, text: &str, at: usize) -> usize {
        let block = (at / BLOCK).min(self.before_block.len().saturating_sub(1));
        let before = self.before_block.get(block).map_or(0, |it| *it as usize);
        before + beginnings(&text.as_bytes()[block * BLOCK..at])
    }

    /// The line and column of a byte offset; an offset past the end gives the position after the last character.
    pub fn position(&self, text: &str, at: u32) -> LineColumn {
        let at = (at as usize).min(text.len());
        let line = self.starts.partition_point(|start| (*start as usize) <= at) - 1;
        let before = if text.is_char_boundary(at) {
            self.characters(text, at) - self.characters(text, self.starts[line] as usize)
        } else {
            0
        };
        LineColumn { line: offset(line + 1), column: offset(before + 1) }
    }

    /// The number of lines; a text that ends in a newline has an empty last line.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The byte range of a line (counted from 1) without its line end, or `None` past the last line.
    pub fn line_range(&self, text: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize - 1);
        let end = if text.as_bytes().get(end.wrapping_sub(1)) == Some(&b'\r') && end > start {
            end - 1
        } else {
            end
        };
        Some(start..end)
    }
}

/// How many characters begin in these bytes of a text.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// Sources are refused above 4 GiB before they get here, so offsets fit.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("source files are smaller than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a\nbé = 1;\r\n";
        let index = LineIndex::new(text);
        let at = text.find('=').expect("the text has one") as u32;
        assert_eq!(index.position(text, at), LineColumn { line: 2, column: 4 });
        assert_eq!(index.line_range(text, 2), Some(2..10));
        assert_eq!(index.position(text, 999), LineColumn { line: 3, column: 1 });
    }
    #[test]
    fn a_column_is_not_counted_from_the_beginning_of_a_long_line() {
        let text = "é=1;".repeat(1_000_000);
        let index = LineIndex::new(&text);
        for number in (0..1_000_000).step_by(7) {
            let at = LineColumn { line: 1, column: number * 4 + 2 };
            assert_eq!(index.position(&text, number * 5 + 2), at);
        }
        let end = LineColumn { line: 1, column: 4_000_001 };
        assert_eq!(index.position(&text, u32::MAX), end);
    }
}
