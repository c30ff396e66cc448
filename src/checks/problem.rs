//! Turns what evaluation certainly fails at into a finding, for the checks that are one kind of failure each.

use crate::findings::{Finding, Level};
use crate::network::Problem;

use super::Check;

/// Labels shown of a long way to a failure. The innermost ones say most.
const MOST_LABELS: usize = 4;

pub(super) fn finding(check: &Check, problem: &Problem) -> Finding {
    let mut finding = check.finding(problem.at, problem.message.clone()).note(problem.note.clone());
    for (at, message) in problem.labels.iter().filter(|(at, _)| *at != problem.at).take(MOST_LABELS) {
        finding = finding.label(*at, message.clone());
    }
    if !problem.certain {
        finding.level = Level::Warning;
    }
    finding.help.clone_from(&problem.help);
    finding.machine.clone_from(&problem.machine);
    finding
}
