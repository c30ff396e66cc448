//! Applies fixes to texts. Writes no file.

use std::collections::BTreeMap;

use crate::findings::{Edit, Finding};
use crate::network::Network;
use crate::text::FileId;

/// The new texts of the files that safe fixes change. Of two fixes that touch the same place, the first counts.
pub fn fixed_texts(network: &Network, found: &[Finding]) -> Vec<(FileId, String)> {
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for fix in found.iter().filter_map(|it| it.fixes.iter().find(|fix| fix.safe)) {
        // All edits of a fix or none: half a repair is damage.
        let free = fix.edits.iter().all(|edit| {
            edits.get(&edit.span.file).is_none_or(|taken| taken.iter().all(|it| !touches(it, edit)))
        });
        if free {
            for edit in &fix.edits {
                edits.entry(edit.span.file).or_default().push(edit);
            }
        }
    }
    edits.into_iter().map(|(file, edits)| (file, apply(&network.sources().file(file).text, edits))).collect()
}

fn touches(a: &Edit, b: &Edit) -> bool {
    a.span.start < b.span.end && b.span.start < a.span.end || a.span == b.span
}

fn apply(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span.start);
    let mut fixed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        fixed.push_str(text.get(at..edit.span.start as usize).unwrap_or_default());
        fixed.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    fixed.push_str(text.get(at..).unwrap_or_default());
    fixed
}
