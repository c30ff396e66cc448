//! Tables for the terminal: plain columns, wrapped to the screen, readable in a pipe. The only place of comfy-table.

use std::borrow::Cow;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::screen;

/// A column and its heading.
#[derive(Clone, Debug)]
pub(super) struct Column {
    heading: String,
    right: bool,
    whole: bool,
}

impl Column {
    pub(super) fn new(heading: &str) -> Self {
        Self { heading: heading.to_owned(), right: false, whole: false }
    }

    /// A column whose cells are useless in pieces: ids, paths.
    pub(super) fn whole(heading: &str) -> Self {
        Self { whole: true, ..Self::new(heading) }
    }

    /// A column of numbers.
    pub(super) fn right(heading: &str) -> Self {
        Self { right: true, ..Self::new(heading) }
    }
}

/// Characters shown of a cell. What is longer is a mistake, and breaking it into lines takes ever longer.
const LONGEST_CELL: usize = 1_000;

fn shortened(cell: &str) -> &str {
    cell.char_indices().nth(LONGEST_CELL).map_or(cell, |(end, _)| &cell[..end])
}

/// What stands for the end that is left out.
fn rest(cell: &str) -> &'static str {
    if shortened(cell).len() < cell.len() { "…" } else { "" }
}

/// Blanks between two columns.
const GAP: usize = 2;

/// The table as lines, each ending in a newline, without trailing blanks.
pub(super) fn render(columns: &[Column], rows: Vec<Vec<String>>, width: usize) -> String {
    let fit = |cell: String| match (screen::line(shortened(&cell)), rest(&cell)) {
        (Cow::Borrowed(shown), "") if shown.len() == cell.len() => cell,
        (shown, rest) => shown.into_owned() + rest,
    };
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(fit).collect()).collect();
    straight(columns, &rows, width).unwrap_or_else(|| wrapped(columns, rows, width))
}

/// The table where every cell fits on its line: the same as [`wrapped`] gives, without all that it has to try out. None where
/// they do not.
fn straight(columns: &[Column], rows: &[Vec<String>], width: usize) -> Option<String> {
    let mut widths: Vec<usize> = columns.iter().map(|it| it.heading.width().max(1)).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(cell.width());
        }
    }
    let line: usize = widths.iter().map(|it| it.saturating_add(GAP)).sum();
    if line > width {
        return None;
    }
    let mut text = String::with_capacity((line + 1) * (rows.len() + 1));
    let mut put = |cells: &mut dyn Iterator<Item = &str>| {
        for ((cell, column), widest) in cells.zip(columns).zip(&widths) {
            let blanks = widest.saturating_sub(cell.width());
            let (before, behind) = if column.right { (blanks, GAP) } else { (0, blanks + GAP) };
            text.extend(std::iter::repeat_n(' ', before));
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', behind));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    };
    put(&mut columns.iter().map(|it| it.heading.as_str()));
    for row in rows {
        put(&mut row.iter().map(String::as_str));
    }
    Some(text)
}

/// The table with cells broken into lines as the width demands.
fn wrapped(columns: &[Column], rows: Vec<Vec<String>>, width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(columns.iter().map(|it| it.heading.as_str()));
    for (column, it) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
        if it.whole {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if it.right {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    for row in rows {
        table.add_row(row);
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_without_end_has_one() {
        let text = render(&[Column::new("Host")], vec![vec!["ä".repeat(3_000_000)]], 80);
        assert_eq!(text.matches('ä').count(), LONGEST_CELL);
        assert!(text.ends_with("…\n"), "{}", text.len());
    }

    #[test]
    fn columns_line_up_and_lines_have_no_trailing_blanks() {
        let text = render(
            &[Column::new("Name"), Column::right("Port")],
            vec![vec!["db".to_owned(), "22".to_owned()], vec!["web-1".to_owned(), "2222".to_owned()]],
            80,
        );
        assert_eq!(text, "Name   Port\ndb       22\nweb-1  2222\n");
    }

    #[test]
    fn a_table_that_fits_is_the_same_with_and_without_wrapping() {
        let columns = [Column::whole("Name"), Column::right("#"), Column::new(""), Column::new("Größe 大")];
        let cells = ["", "a", " in  between ", "漢字", "e\u{301}", "12", "größer"];
        for seed in 0..cells.len().pow(2) {
            let cell = |at: usize| cells[(seed * 7 + at * (seed / 8 + 1)) % cells.len()].to_owned();
            let rows: Vec<Vec<String>> =
                (0..3).map(|row| (0..4).map(|at| cell(row * 4 + at)).collect()).collect();
            let fits = straight(&columns, &rows, 1_000).unwrap();
            let widest = fits.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert_eq!(fits, wrapped(&columns, rows.clone(), 1_000), "{rows:?}");
            assert_eq!(straight(&columns, &rows, widest - 1), None);
        }
    }
}
