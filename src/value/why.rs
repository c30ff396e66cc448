//! Why something is not known, as plain data with places: from what was asked for down to the first cause.
//!
//! No evaluator is needed to look at it. It says; it does not print.

use std::fmt;
use std::sync::Arc;

use crate::text::Span;

/// One step of the way: a short statement, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub reason: Arc<str>,
    pub at: Option<Span>,
}

/// A chain of at least one link, the first cause last. Free to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(Arc<[Link]>);

impl Why {
    /// The first cause alone.
    pub fn new(reason: impl Into<Arc<str>>, at: Option<Span>) -> Self {
        Self(Arc::new([Link { reason: reason.into(), at }]))
    }

    /// A whole chain; `None` for an empty one, which says nothing.
    pub fn of_links(links: Vec<Link>) -> Option<Self> {
        (!links.is_empty()).then(|| Self(links.into()))
    }

    /// The same with one more link in front.
    #[must_use]
    pub fn behind(&self, reason: impl Into<Arc<str>>, at: Option<Span>) -> Self {
        let first = Link { reason: reason.into(), at };
        Self(std::iter::once(first).chain(self.0.iter().cloned()).collect())
    }

    pub fn links(&self) -> &[Link] {
        &self.0
    }

    /// The first cause, in a few words.
    pub fn cause(&self) -> &str {
        self.0.last().map_or("", |link| &link.reason)
    }

    /// Where the first cause is, as far as a text is to blame.
    pub fn at(&self) -> Option<Span> {
        self.0.iter().rev().find_map(|link| link.at)
    }

    /// The whole chain as one sentence; `place` writes a place.
    pub fn sentence(&self, place: impl Fn(Span) -> String) -> String {
        let links = self.0.iter().map(|link| match link.at {
            Some(at) => format!("{} ({})", link.reason, place(at)),
            None => link.reason.to_string(),
        });
        links.collect::<Vec<_>>().join(", because ")
    }
}

impl From<&str> for Why {
    fn from(reason: &str) -> Self {
        Self::new(reason, None)
    }
}

impl From<String> for Why {
    fn from(reason: String) -> Self {
        Self::new(reason, None)
    }
}

/// The first cause.
impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.cause())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;

    #[test]
    fn a_chain_is_one_sentence() {
        let at = |start| Some(Span::new(FileId(0), start, start + 1));
        let why = Why::new("the time is only known when Nix runs", at(7))
            .behind("the condition is not known", at(3));
        let sentence = why.sentence(|span| span.start.to_string());
        assert_eq!(
            sentence,
            "the condition is not known (3), because the time is only known when Nix runs (7)"
        );
        assert_eq!((why.cause(), why.at()), ("the time is only known when Nix runs", at(7)));
    }
}
