//! Where a part of a string value is written, if the value is a plain literal. Knows no check.

use std::ops::Range;

use crate::network::Network;
use crate::text::Span;

/// The place of some bytes of a string's value: inside the quotes where the literal has the value letter by letter,
/// the whole literal otherwise.
pub(super) fn inside(network: &Network, literal: Span, value: &str, part: Range<usize>) -> Span {
    let written = network.sources().slice(literal);
    let plain = written.strip_prefix('"').and_then(|it| it.strip_suffix('"')) == Some(value);
    if !plain || part.end > value.len() {
        return literal;
    }
    let start = literal.start + 1;
    let offset = |at: usize| u32::try_from(at).expect("a literal is shorter than its file");
    Span::new(literal.file, start + offset(part.start), start + offset(part.end))
}
