//! Files as they were parsed by earlier evaluations, by content. Only a cache: with it, an evaluation gives what it gives
//! without, and reads what it reads without.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::syntax::Parsed;

/// Bytes of text that are kept; what was parsed takes some 20 times as much. When there are more, all is forgotten: no network
/// comes near, and an editor that visits many keeps only the last ones.
const MOST_BYTES: usize = 32 << 20;

/// What may be used by many evaluations, one after the other or side by side.
#[derive(Debug, Default)]
pub struct Parses {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    files: FxHashMap<PathBuf, Kept>,
    bytes: usize,
}

/// A file that has neither errors nor anything else that would need its number.
#[derive(Debug)]
struct Kept {
    text: Arc<str>,
    parsed: Arc<Parsed>,
}

impl Parses {
    /// What came of this content, if somebody has parsed it at this place; with the text that is shared from then on.
    pub(super) fn find(&self, path: &Path, bytes: &[u8]) -> Option<(Arc<str>, Arc<Parsed>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known.files.get(path).filter(|it| it.text.as_bytes() == bytes)?;
        Some((kept.text.clone(), kept.parsed.clone()))
    }

    /// Remembers what came of a text.
    pub(super) fn keep(&self, path: &Path, text: &Arc<str>, parsed: &Arc<Parsed>) {
        if !parsed.errors.is_empty() || !parsed.pipes.is_empty() {
            return;
        }
        let kept = Kept { text: text.clone(), parsed: parsed.clone() };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.bytes + text.len() > MOST_BYTES {
            *known = Known::default();
        }
        known.bytes += text.len();
        if let Some(before) = known.files.insert(path.to_owned(), kept) {
            known.bytes -= before.text.len();
        }
    }

    /// Whether much was parsed already: then nobody need read ahead.
    pub(super) fn is_warm(&self) -> bool {
        !self.known.lock().unwrap_or_else(PoisonError::into_inner).files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;
    use crate::text::FileId;

    #[test]
    fn only_the_same_content_at_the_same_place_is_known() {
        let parses = Parses::default();
        let path = Path::new("/a.nix");
        let keep = |text: &str| parses.keep(path, &text.into(), &Arc::new(syntax::parse(FileId(0), text)));
        keep("{ a = 1; }");
        assert!(parses.find(path, b"{ a = 1; }").is_some());
        assert!(parses.find(path, b"{ a = 2; }").is_none());
        assert!(parses.find(Path::new("/b.nix"), b"{ a = 1; }").is_none());
        keep("{ a = ");
        assert!(parses.find(path, b"{ a = ").is_none(), "errors have the number of a file");
    }
}
