//! What a repair changes, as a few lines: those that go and those that come. Makes no repair.

use std::ops::Range;

use crate::checks::apply;
use crate::findings::{Edit, Fix, Hidden};
use crate::text::Sources;

use super::excerpt::ShownLine;

/// A change of more lines than this is told by its title alone.
const MOST_LINES: usize = 4;

/// So is one of lines that are longer than this: they are read once for each of their findings, and may have thousands.
const MOST_BYTES: usize = 1 << 15;

/// A line of the change.
pub(super) struct Line {
    pub(super) is_new: bool,
    pub(super) number: usize,
    pub(super) text: String,
}

/// The lines that change; none where they are too many, in several files, or hold what is not to be shown.
pub(super) fn lines(sources: &Sources, fix: &Fix, hidden: &Hidden, room: usize) -> Vec<Line> {
    let (Some(first), Some(last)) =
        (fix.edits.iter().min_by_key(|it| it.span.start), fix.edits.iter().max_by_key(|it| it.span.end))
    else {
        return Vec::new();
    };
    if fix.edits.iter().any(|it| it.span.file != first.span.file) {
        return Vec::new();
    }
    let file = sources.file(first.span.file);
    let number = sources.position(first.span).line;
    let line = |number| file.lines().line_range(&file.text, number);
    let (Some(top), Some(bottom)) = (line(number), line(sources.end_position(last.span).line)) else {
        return Vec::new();
    };
    let Some(old) = file.text.get(top.start..bottom.end).filter(|it| it.len() <= MOST_BYTES) else {
        return Vec::new();
    };
    if hidden.within(first.span.file, &(top.start..bottom.end)).next().is_some() {
        return Vec::new();
    }
    let start = u32::try_from(top.start).expect("a span of the file begins behind it");
    let moved: Vec<Edit> = fix
        .edits
        .iter()
        .map(|it| {
            let mut edit = it.clone();
            edit.span.start -= start;
            edit.span.end -= start;
            edit
        })
        .collect();
    let new = apply(old, moved.iter().collect());
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len() > MOST_LINES || new.len() > MOST_LINES {
        return Vec::new();
    }
    let number = number as usize;
    let shown = |is_new: bool, at: usize, text: &str, other: Option<&&str>| {
        let focus = other.map(|other| changed(text, other));
        Line { is_new, number: number + at, text: ShownLine::new(text, room, focus.into_iter(), &[]).text }
    };
    let old_lines = old.iter().enumerate().map(|(at, text)| shown(false, at, text, new.get(at)));
    let new_lines = new.iter().enumerate().map(|(at, text)| shown(true, at, text, old.get(at)));
    old_lines.chain(new_lines).collect()
}

/// The bytes of a line that are not the same in another one.
fn changed(text: &str, other: &str) -> Range<usize> {
    let same = |(a, b): &(u8, u8)| a == b;
    let start = text.bytes().zip(other.bytes()).take_while(same).count();
    let room = text.len().min(other.len()) - start;
    let end = text.bytes().rev().zip(other.bytes().rev()).take(room).take_while(same).count();
    start..text.len() - end
}
