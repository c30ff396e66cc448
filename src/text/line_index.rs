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
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| offset(at + 1)),
        );
        Self { starts }
    }

    /// The line and column of a byte offset; an offset past the end gives the position after the last character.
    pub fn position(&self, text: &str, at: u32) -> LineColumn {
        let at = (at as usize).min(text.len());
        let line = self.starts.partition_point(|start| (*start as usize) <= at) - 1;
        let before = text.get(self.starts[line] as usize..at).unwrap_or_default();
        LineColumn { line: offset(line + 1), column: offset(before.chars().count() + 1) }
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
}
