//! Turns what Nix said of a network into findings, for the checks that are one kind of remark each.

use rustc_hash::FxHashSet;

use crate::findings::{Finding, Level};
use crate::network::Remark;

use super::Check;

/// The checks that only find something where Nix is asked (`check --eval`).
pub(super) const FROM_NIX: [&str; 3] = ["failed-assertion", "nix-evaluation", "nixos-warning"];

/// Errors that say that Nix will fail: that it does is then no news.
const NIX_FAILS: [&str; 22] = [
    "always-fails",
    "conflicting-definitions",
    "duplicate-attribute",
    "import-not-found",
    "infinite-recursion",
    "machine-value",
    "misplaced-import",
    "missing-argument",
    "missing-attribute",
    "mixed-module",
    "module-used-as-network",
    "network-arguments",
    "nodes-recursion",
    "option-type",
    "option-type-mismatch",
    "syntax-error",
    "type-mismatch",
    "undefined-variable",
    "unknown-deployment-option",
    "untracked-file",
    "unknown-option",
    "wrong-arguments",
];

pub(super) fn finding(check: &Check, remark: &Remark) -> Finding {
    let about = remark.machine.as_ref().map(|it| format!("for `{it}`")).unwrap_or_default();
    let mut finding = check.finding(remark.at, remark.message.clone()).note(about);
    for (at, text) in &remark.labels {
        finding = finding.label(*at, text.clone());
    }
    finding.help.clone_from(&remark.help);
    finding.machine.clone_from(&remark.machine);
    finding
}

/// One mistake, one finding: takes out failures of Nix where a check says already that the machine, or the whole
/// network, cannot be evaluated.
pub(super) fn silence(found: &mut Vec<Finding>) {
    let broken: FxHashSet<Option<String>> = found
        .iter()
        .filter(|it| it.level == Level::Error && NIX_FAILS.contains(&it.id))
        .map(|it| it.machine.clone())
        .collect();
    if broken.is_empty() {
        return;
    }
    found.retain(|it| {
        let known = broken.contains(&None) || it.machine.is_none() || broken.contains(&it.machine);
        !(it.id == super::nix_evaluation::CHECK.id && known)
    });
}
