//! Why something is not known, for people: the chain from what was asked for to the first cause, with places.

use std::path::Path;

use super::findings::shown_path;
use super::screen;
use crate::text::{Sources, Span};
use crate::value::Why;

/// `path:line:column` of a span's first character.
pub fn place(sources: &Sources, at: Span, working_folder: &Path) -> String {
    let position = sources.position(at);
    let path = shown_path(sources.path(at.file), working_folder);
    format!("{path}:{}:{}", position.line, position.column)
}

/// The whole chain as one sentence.
pub fn note(why: &Why, sources: &Sources, working_folder: &Path) -> String {
    let sentence = why.sentence(|at| place(sources, at, working_folder));
    format!("not known: {}", screen::line(&sentence))
}
