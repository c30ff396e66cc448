//! Text that nobody may be shown. What one finding hides is hidden in the pictures and fingerprints of all: a secret also stands
//! beside what other findings are about.

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::Finding;
use crate::text::{FileId, Span};

/// What findings hide together.
#[derive(Debug, Default)]
pub struct Hidden {
    /// In order, and none overlaps another one.
    of_file: FxHashMap<FileId, Vec<Range<usize>>>,
}

impl Hidden {
    pub fn of(findings: &[Finding]) -> Self {
        let mut of_file: FxHashMap<FileId, Vec<Range<usize>>> = FxHashMap::default();
        for span in hidden_by(findings) {
            let places = of_file.entry(span.file).or_default();
            let (start, end) = (span.start as usize, span.end as usize);
            match places.last_mut() {
                Some(before) if start < before.end => before.end = before.end.max(end),
                _ => places.push(start..end),
            }
        }
        Self { of_file }
    }

    /// The parts of a range of a file that are hidden, in order, as offsets in the file.
    pub fn within<'a>(
        &'a self,
        file: FileId,
        range: &Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let places = self.of_file.get(&file).map(Vec::as_slice).unwrap_or_default();
        let Range { start, end } = *range;
        let first = places.partition_point(|it| it.end <= start);
        let inside = places[first..].iter().take_while(move |it| it.start < end);
        inside.map(move |it| it.start.max(start)..it.end.min(end))
    }
}

/// All that findings hide, so that it can stay hidden when some of them are left out.
pub fn hidden_by(findings: &[Finding]) -> BTreeSet<Span> {
    findings.iter().flat_map(|it| it.hidden.iter().copied()).collect()
}

/// Has the findings that are left hide all of it.
pub fn hide_still(findings: &mut [Finding], mut hidden: BTreeSet<Span>) {
    for span in findings.iter().flat_map(|it| &it.hidden) {
        hidden.remove(span);
    }
    if let Some(first) = findings.first_mut() {
        first.hidden.extend(hidden);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Level;
    use crate::text::Sources;

    #[test]
    fn places_are_found_by_their_range() {
        let file = Sources::default().add("/a", "0123456789 0123456789");
        let span = |start, end| Span::new(file, start, end);
        let mut finding = Finding::new("a", Level::Hint, span(0, 1), "a");
        finding.hidden = vec![span(12, 14), span(2, 6), span(4, 5), span(5, 8), span(8, 9)];
        let hidden = Hidden::of(std::slice::from_ref(&finding));
        let within = |range: Range<usize>| hidden.within(file, &range).collect::<Vec<_>>();
        assert_eq!(within(0..21), [2..8, 8..9, 12..14]);
        assert_eq!(within(7..13), [7..8, 8..9, 12..13]);
        assert_eq!(within(9..12), [0..0; 0]);
        let mut left = [Finding::new("b", Level::Hint, span(0, 1), "b")];
        hide_still(&mut left, hidden_by(&[finding]));
        assert_eq!(Hidden::of(&left).within(file, &(0..21)).count(), 3);
    }
}
