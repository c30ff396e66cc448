//! Comments that allow a finding: `# nixwright: allow(check-id) — reason`, on its line or on the line above.
//!
//! Takes allowed findings out of the list, and reports allows that allow nothing, so that they do not outlive
//! what they were written for.

use rustc_hash::FxHashMap;

use crate::findings::Finding;
use crate::network::{Network, did_you_mean};
use crate::text::{FileId, Span};

use super::remark::FROM_NIX;
use super::unused_allow;
use super::{Levels, all, find};

/// One id of one comment.
struct Allowed<'a> {
    id: &'a str,
    at: Span,
    used: bool,
}

pub(super) fn apply(network: &Network, levels: &Levels, found: &mut Vec<Finding>) {
    let sources = network.sources();
    // File and line → what is allowed there.
    let mut allowed: FxHashMap<(FileId, u32), Vec<Allowed<'_>>> = FxHashMap::default();
    for (file, allow) in &network.allows {
        let at = Span::new(*file, allow.at.0, allow.at.1);
        let line = if allow.alone { next_code_line(network, at) } else { sources.position(at).line };
        let here = allowed.entry((*file, line)).or_default();
        here.extend(allow.ids.iter().map(|id| Allowed { id, at, used: false }));
    }
    if allowed.is_empty() {
        return;
    }
    found.retain(|finding| {
        let line = sources.position(finding.span).line;
        let here = allowed.get_mut(&(finding.span.file, line));
        match here.and_then(|here| here.iter_mut().find(|it| it.id == finding.id)) {
            Some(it) => {
                it.used = true;
                false
            }
            None => true,
        }
    });
    if levels.is_on(&unused_allow::CHECK) {
        // Where Nix was not asked, nobody knows what it would have said.
        let asked = |it: &&Allowed<'_>| network.remarks.is_some() || !FROM_NIX.contains(&it.id);
        // A check that is off finds nothing anywhere.
        let is_on = |it: &&Allowed<'_>| find(it.id).is_none_or(|check| levels.is_on(check));
        let unused = allowed.values().flatten().filter(|it| !it.used).filter(asked).filter(is_on);
        found.extend(unused.map(|it| report(it)));
    }
}

fn report(it: &Allowed<'_>) -> Finding {
    if find(it.id).is_none() {
        let finding = unused_allow::CHECK.finding(it.at, format!("there is no check called `{}`", it.id));
        let help = did_you_mean(it.id, all().iter().map(|check| check.id))
            .unwrap_or_else(|| "`nixwright explain` lists the checks".to_owned());
        return finding.note("allows nothing").help(help);
    }
    unused_allow::CHECK
        .finding(it.at, format!("this allows `{}`, which finds nothing here", it.id))
        .note("allows nothing")
        .help("remove the comment: what it was written for is gone")
}

/// The first line below a comment that holds code.
fn next_code_line(network: &Network, comment: Span) -> u32 {
    let sources = network.sources();
    let file = sources.file(comment.file);
    let mut line = sources.position(comment).line + 1;
    while let Some(range) = file.lines().line_range(&file.text, line) {
        let text = file.text.get(range).unwrap_or_default().trim_start();
        if !text.is_empty() && !text.starts_with('#') {
            break;
        }
        line += 1;
    }
    line
}
