//! Source text: which file a position belongs to, and how byte offsets become lines and columns.
//!
//! Pure data. Nothing here reads a file or knows what the text means.

mod line_index;
mod nearest;
mod sources;
mod span;

pub use line_index::{LineColumn, LineIndex};
pub use nearest::{Sketch, nearest, nearest_sketched};
pub use sources::{SourceFile, Sources};
pub use span::{FileId, Span};
