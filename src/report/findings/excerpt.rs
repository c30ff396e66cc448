//! The lines of source that a finding shows, made fit for a screen.
//!
//! Labels of one finding may lie in several files and far apart. This module lays the lines they need out as one
//! virtual text of *blocks*, the blamed place first: control characters replaced, tabs spread, lines that are too long cut
//! around their labels. It draws nothing.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::findings::Hidden;
use crate::report::screen::visible;
use crate::text::{FileId, SourceFile, Sources, Span};

/// Lines shown above and below a labelled line.
const CONTEXT: u32 = 1;
/// A blamed place over more lines than this is shown on its first line only: where it begins says enough. What led to it
/// always is, because lines around lines around lines are hard to follow.
const LONGEST_LABEL: u32 = 7;
/// Labels closer than this many lines share a block.
const JOIN_WITHIN: u32 = 3;
/// Columns a tab stop takes.
const TAB: usize = 4;

/// Contiguous lines of one file.
struct Block {
    name: String,
    first_line: u32,
    lines: u32,
    /// Where it lies in the virtual text.
    start: usize,
    end: usize,
}

/// The virtual text of one finding.
pub(super) struct Excerpt {
    text: String,
    blocks: Vec<Block>,
    /// One per wanted span, in the order given: where it lies in the virtual text, and its true position.
    pub(super) places: Vec<Place>,
}

pub(super) struct Place {
    pub(super) start: usize,
    pub(super) len: usize,
    line: u32,
    column: u32,
}

impl Excerpt {
    /// `spans[0]` is the blamed one. `hidden` is never shown. `room` is how many columns of source fit on the screen.
    pub(super) fn new(
        sources: &Sources,
        spans: &[Span],
        hidden: &Hidden,
        room: usize,
        name: impl Fn(FileId) -> String,
    ) -> Self {
        let longest = |at: usize| if at == 0 { LONGEST_LABEL } else { 1 };
        let wanted: Vec<Wanted> =
            spans.iter().enumerate().map(|(at, span)| Wanted::new(sources, *span, longest(at))).collect();
        let mut excerpt = Self { text: String::new(), blocks: Vec::new(), places: Vec::new() };
        let mut places: Vec<Option<Place>> = wanted.iter().map(|_| None).collect();
        for group in groups(sources, &wanted) {
            let file = sources.file(group.file);
            let start = excerpt.text.len();
            for line in group.first..=group.last {
                let on_line: Vec<usize> =
                    (0..wanted.len()).filter(|at| wanted[*at].touches(group.file, line)).collect();
                excerpt.add_line(file, line, &wanted, (&on_line, group.file, hidden), &mut places, room);
            }
            excerpt.blocks.push(Block {
                name: name(group.file),
                first_line: group.first,
                lines: group.last - group.first + 1,
                start,
                end: excerpt.text.len(),
            });
        }
        excerpt.places = places
            .into_iter()
            .map(|place| place.expect("every wanted span lies in one of the groups made from it"))
            .collect();
        excerpt
    }

    /// How many columns of its line stand before a place.
    pub(super) fn column(&self, place: &Place) -> usize {
        let before = &self.text[..place.start];
        before[before.rfind('\n').map_or(0, |at| at + 1)..].width()
    }

    /// Appends one line and records where the wanted spans on it begin and end.
    fn add_line(
        &mut self,
        file: &SourceFile,
        line: u32,
        wanted: &[Wanted],
        (on_line, id, hidden): (&[usize], FileId, &Hidden),
        places: &mut [Option<Place>],
        room: usize,
    ) {
        let range = file.lines().line_range(&file.text, line).unwrap_or(0..0);
        let source = file.text.get(range.clone()).unwrap_or_default();
        let hidden: Vec<Range<usize>> =
            hidden.within(id, &range).map(|it| it.start - range.start..it.end - range.start).collect();
        let focus = on_line.iter().map(|at| wanted[*at].focus(line, &range));
        let shown = ShownLine::new(source, room, focus, &hidden);
        let base = self.text.len();
        for at in on_line {
            let it = &wanted[*at];
            if it.first == line {
                let start = base + shown.offset(it.start.saturating_sub(range.start));
                places[*at] = Some(Place { start, len: 0, line: it.first, column: it.column });
            }
            if it.last == line
                && let Some(place) = &mut places[*at]
            {
                let end = base + shown.offset(it.end.saturating_sub(range.start));
                place.len = end.saturating_sub(place.start);
            }
        }
        self.text.push_str(&shown.text);
        self.text.push('\n');
    }
}

/// A span in lines, clamped to what is shown of it.
struct Wanted {
    file: FileId,
    first: u32,
    last: u32,
    column: u32,
    start: usize,
    end: usize,
}

impl Wanted {
    fn new(sources: &Sources, span: Span, longest: u32) -> Self {
        let file = sources.file(span.file);
        let at = sources.position(span);
        let mut last = sources.end_position(span).line;
        let (start, mut end) = (span.start as usize, (span.end as usize).min(file.text.len()));
        if last - at.line >= longest {
            last = at.line;
            end = file.lines().line_range(&file.text, last).map_or(end, |range| range.end);
        }
        Self { file: span.file, first: at.line, last, column: at.column, start, end }
    }

    fn touches(&self, file: FileId, line: u32) -> bool {
        self.file == file && self.first <= line && line <= self.last
    }

    /// The bytes of a line that this span is about.
    fn focus(&self, line: u32, range: &Range<usize>) -> Range<usize> {
        let start = if self.first == line { self.start.saturating_sub(range.start) } else { 0 };
        let end = if self.last == line { self.end.saturating_sub(range.start) } else { range.len() };
        start..end.max(start)
    }
}

/// Lines of one file that are shown together.
struct Group {
    file: FileId,
    first: u32,
    last: u32,
}

/// Joins spans that are near each other; the group of the first span comes first, the others keep their order.
fn groups(sources: &Sources, wanted: &[Wanted]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for it in wanted {
        let (first, last) = (it.first, it.last);
        match groups.iter_mut().find(|group| {
            group.file == it.file && first <= group.last + JOIN_WITHIN && last + JOIN_WITHIN >= group.first
        }) {
            Some(group) => {
                group.first = group.first.min(first);
                group.last = group.last.max(last);
            }
            None => groups.push(Group { file: it.file, first, last }),
        }
    }
    // Context may make two groups of one file touch; they then show a line twice, which is clearer than a block
    // whose blamed place is not at its top.
    for group in &mut groups {
        let file = sources.file(group.file);
        let ends_in_newline = file.text.ends_with('\n');
        let written = u32::try_from(file.lines().lines()).unwrap_or(u32::MAX) - u32::from(ends_in_newline);
        group.first = group.first.saturating_sub(CONTEXT).max(1);
        group.last = group.last.max((group.last + CONTEXT).min(written));
    }
    groups
}

/// A line as it is shown, and how its bytes moved.
pub(super) struct ShownLine {
    pub(super) text: String,
    /// For each byte offset of the shown part of the source at a character border, in order: the offset in `text`.
    moved: Vec<(usize, usize)>,
}

impl ShownLine {
    /// `hidden` are the bytes that nobody may be shown: their quotes and blanks stay. Only what fits on the screen is looked
    /// at, for a line may be long and have many findings.
    pub(super) fn new(
        source: &str,
        room: usize,
        focus: impl Iterator<Item = Range<usize>>,
        hidden: &[Range<usize>],
    ) -> Self {
        let focus = focus.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
        let window = window(source, room, focus);
        let hidden: Vec<&Range<usize>> =
            hidden.iter().filter(|it| it.start < window.end && window.start < it.end).collect();
        let mut shown = Self { text: String::new(), moved: Vec::new() };
        if window.start > 0 {
            shown.text.push('…');
        }
        let mut column = 0;
        for (at, it) in source[window.clone()].char_indices() {
            shown.moved.push((window.start + at, shown.text.len()));
            match it {
                '\t' => {
                    let spaces = TAB - column % TAB;
                    shown.text.extend(std::iter::repeat_n(' ', spaces));
                    column += spaces;
                }
                it if !it.is_whitespace()
                    && !matches!(it, '"' | '\'')
                    && hidden.iter().any(|hidden| hidden.contains(&(window.start + at))) =>
                {
                    // A character without a width is there, too.
                    let columns = columns_of(it).max(1);
                    shown.text.extend(std::iter::repeat_n('*', columns));
                    column += columns;
                }
                it => {
                    shown.text.push(if visible(it) { it } else { '\u{fffd}' });
                    column += columns_of(it);
                }
            }
        }
        shown.moved.push((window.end, shown.text.len()));
        if window.end < source.len() {
            shown.text.push('…');
        }
        shown
    }

    fn offset(&self, at: usize) -> usize {
        let index = self.moved.partition_point(|(from, _)| *from < at);
        self.moved.get(index).or(self.moved.last()).map_or(0, |(_, to)| *to)
    }
}

/// The columns that a character takes as it is shown.
fn columns_of(it: char) -> usize {
    match it {
        '\t' => TAB,
        it if visible(it) => it.width().unwrap_or(1),
        _ => 1,
    }
}

/// The bytes of a long line that are shown: around what is labelled, or its beginning.
fn window(source: &str, room: usize, focus: Option<Range<usize>>) -> Range<usize> {
    let width = |text: &str| text.chars().map(columns_of).sum::<usize>();
    // A character has four bytes at most; nobody counts those of a line that is far too long.
    if source.len() <= room || (source.len() <= room.saturating_mul(4) && width(source) <= room) {
        return 0..source.len();
    }
    let focus = focus.unwrap_or(0..0);
    let mut start = focus.start.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    // What stands before the label says what it is; what stands after it matters less.
    let mut columns = 0;
    for (at, it) in source[..start].char_indices().rev() {
        columns += columns_of(it);
        if columns > room / 3 {
            break;
        }
        start = at;
    }
    let mut end = start;
    let mut columns = 0;
    for (at, it) in source[start..].char_indices() {
        columns += columns_of(it);
        if columns > room.saturating_sub(2) {
            break;
        }
        end = start + at + it.len_utf8();
    }
    // What is left of the room at the end of the line goes to its beginning.
    let mut columns = width(&source[start..end]);
    for (at, it) in source[..start].char_indices().rev() {
        columns += columns_of(it);
        if columns > room.saturating_sub(2) {
            break;
        }
        start = at;
    }
    start..end
}

impl SourceCode for Excerpt {
    /// Hands out the whole block around a span; with no context asked for, the span itself with its true position.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_before: usize,
        _context_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let block = self
            .blocks
            .iter()
            .find(|block| block.start <= start && end <= block.end)
            .ok_or(MietteError::OutOfBounds)?;
        let contents = if context_before == 0 {
            let place = self.places.iter().find(|place| place.start == start);
            let (line, column) = place.map_or((block.first_line, 1), |it| (it.line, it.column));
            MietteSpanContents::new_named(
                block.name.clone(),
                &self.text.as_bytes()[start..end],
                *span,
                line as usize - 1,
                column as usize - 1,
                1,
            )
        } else {
            MietteSpanContents::new_named(
                block.name.clone(),
                &self.text.as_bytes()[block.start..block.end],
                (block.start, block.end - block.start).into(),
                block.first_line as usize - 1,
                0,
                block.lines as usize,
            )
        };
        Ok(Box::new(contents))
    }
}
