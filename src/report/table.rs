//! Tables for the terminal: plain columns, wrapped to the screen, readable in a pipe. The only place of comfy-table.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

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

/// The table as lines, each ending in a newline, without trailing blanks.
pub(super) fn render(columns: &[Column], rows: Vec<Vec<String>>, width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(columns.iter().map(|it| it.heading.as_str()));
    for (column, it) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        if it.whole {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        if it.right {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| screen::line(shortened(cell)).into_owned() + rest(cell)));
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
}
