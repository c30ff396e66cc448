//! Which findings are of interest to whoever changed some files: those in what was changed, and those that came with the
//! change. Asks no git; what changed is handed in.

use std::path::Path;

use rustc_hash::FxHashSet;

use crate::findings::{Finding, Fingerprint};
use crate::text::Sources;

/// What a change is held against.
pub struct News<'a> {
    /// Whether a file was changed.
    pub changed: &'a dyn Fn(&Path) -> bool,
    /// What was found before the change.
    pub before: &'a FxHashSet<Fingerprint>,
}

impl News<'_> {
    /// Whether a finding lies in a changed file, is led to by a place in one, or was not there before: a machine that
    /// is called otherwise in one file is missing in another, which nobody touched.
    pub fn has(&self, sources: &Sources, finding: &Finding, fingerprint: &Fingerprint) -> bool {
        let mut places = std::iter::once(finding.span).chain(finding.labels.iter().map(|it| it.span));
        places.any(|it| (self.changed)(sources.path(it.file))) || !self.before.contains(fingerprint)
    }
}
