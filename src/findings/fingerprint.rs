//! What tells a finding from the others for as long as possible: the check, the file, and the words of its line. Where the
//! line stands does not matter, nor how it is indented. Of findings that agree in all of it, the first in the file is the
//! first.

use std::fmt;
use std::path::Path;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::{FileId, Sources};

use super::{Finding, Hidden};

/// The fingerprint of a finding: a digest, from which nothing can be read back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Fingerprint(String);

/// Bytes of the digest that are kept.
const KEPT: usize = 16;

impl Fingerprint {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A path as fingerprints know it: relative to the root where it lies below it.
pub fn path_below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

/// The fingerprints of all findings of a run, in their order. Paths are taken relative to the root.
pub fn fingerprints(findings: &[Finding], sources: &Sources, root: &Path) -> Vec<Fingerprint> {
    // A secret may also stand beside what another finding is about, and a short one could be guessed from a digest.
    let hidden = Hidden::of(findings);
    let mut lines: FxHashMap<(FileId, u32), [u8; 32]> = FxHashMap::default();
    let mut seen: FxHashMap<(&str, FileId, [u8; 32]), usize> = FxHashMap::default();
    let each = findings.iter().map(|it| {
        let file = it.span.file;
        let line = sources.position(it.span).line;
        let words = *lines.entry((file, line)).or_insert_with(|| words(sources, file, line, &hidden));
        let place = seen.entry((it.id, file, words)).or_default();
        let mut digest = Sha256::new();
        let path = path_below(root, sources.path(file));
        for part in [it.id.as_bytes(), path.as_bytes(), &words, place.to_string().as_bytes()] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        *place += 1;
        Fingerprint(digest.finalize().iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect())
    });
    each.collect()
}

/// A digest of the words of a line, without what nobody may be shown.
fn words(sources: &Sources, file: FileId, line: u32, hidden: &Hidden) -> [u8; 32] {
    let source = sources.file(file);
    let range = source.lines().line_range(&source.text, line).unwrap_or(0..0);
    let mut shown = String::new();
    let mut at = range.start;
    for place in hidden.within(file, &range) {
        shown.push_str(source.text.get(at..place.start).unwrap_or_default());
        shown.push('*');
        at = place.end;
    }
    shown.push_str(source.text.get(at..range.end).unwrap_or_default());
    let mut digest = Sha256::new();
    for word in shown.split_whitespace() {
        digest.update(word);
        digest.update(" ");
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Level;
    use crate::text::Span;

    /// The fingerprints of all places in a text where a word stands.
    fn of(path: &str, text: &str, word: &str, secret: Option<&str>) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let offset = |at: usize| u32::try_from(at).unwrap();
        let span = |at: usize, word: &str| Span::new(file, offset(at), offset(at + word.len()));
        let mut found: Vec<Finding> = text
            .match_indices(word)
            .map(|(at, word)| Finding::new("target-port", Level::Error, span(at, word), "wrong"))
            .collect();
        if let Some(secret) = secret {
            found[0].hidden = vec![span(text.find(secret).unwrap(), secret)];
        }
        fingerprints(&found, &sources, Path::new("/net")).iter().map(ToString::to_string).collect()
    }

    fn one(text: &str) -> String {
        of("/net/a.nix", text, "bad", None).remove(0)
    }

    #[test]
    fn lines_may_move_and_be_indented() {
        assert_eq!(one("x = bad;"), one("\n\n# more\n\t  x  =\tbad;  \n"));
        assert_eq!(one("x = bad;").len(), 2 * KEPT);
        assert_ne!(one("x = bad;"), one("y = bad;"));
        assert_ne!(of("/net/a.nix", "bad", "bad", None), of("/net/b.nix", "bad", "bad", None));
        assert_eq!(of("/elsewhere/a.nix", "bad", "bad", None).len(), 1);
    }

    #[test]
    fn what_agrees_is_counted() {
        let all = of("/net/a.nix", "x = bad;\nx = bad;\ny = bad + bad;\n", "bad", None);
        let mut each = all.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), 4, "{all:?}");
        assert_eq!(all[..2], of("/net/a.nix", "x = bad;\n\n  x = bad;\n", "bad", None));
    }

    #[test]
    fn nothing_is_made_of_a_secret() {
        let with =
            |secret: &str| of("/net/a.nix", &format!("bad \"{secret}\" {secret};"), "bad", Some(secret));
        // The second place is not hidden here, so that only what is hidden is left out.
        assert_ne!(with("one"), with("two"));
        let with = |secret: &str| of("/net/a.nix", &format!("bad \"{secret}\";"), "bad", Some(secret));
        assert_eq!(with("one"), with("another"));
    }
}
