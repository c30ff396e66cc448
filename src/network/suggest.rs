//! "Did you mean" as a sentence.

pub use crate::text::nearest;

/// A help sentence that offers the nearest name, where one is near enough to be a slip of the fingers.
pub fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, names).map(meant)
}

/// The sentence.
pub(super) fn meant(name: &str) -> String {
    format!("did you mean `{name}`?")
}
