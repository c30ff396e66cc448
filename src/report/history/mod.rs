//! The history of runs: the list of them, and one of them with each of its steps, for people and for programs.

mod list;
mod show;
mod show_json;

pub use list::{Listed, json, table};
pub(super) use show::name;
pub(super) use show::show_without_steps;
pub use show::{log, show};
pub use show_json::show_json;

use crate::state::{Resumption, RunRecord};

#[cfg(test)]
pub(crate) fn schemas() -> [(&'static str, serde_json::Value); 2] {
    [("runs", list::schema()), ("run-show", show_json::schema())]
}

/// How long something took, in the two units that matter.
pub(super) fn took(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to what is shown")]
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        // What would round to ten is shown as ten.
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
        _ => format!("{} d {:02} h", whole / 86_400, whole / 3600 % 24),
    }
}

/// What a run did: its kind, and its goal where that is not what the kind says.
pub(super) fn what(record: &RunRecord) -> String {
    match record.goal.as_deref() {
        Some(goal) if goal != "switch" && goal != "keys" => format!("{} ({goal})", record.kind),
        _ => record.kind.to_string(),
    }
}

/// Who went on with a run, and when.
pub(super) fn resumed(it: &Resumption) -> String {
    format!("{} by {}@{}", it.at.strftime("%Y-%m-%d %H:%M:%S UTC"), it.user, it.host)
}

/// How it stands: its outcome, or that it goes on, or that it has none.
pub(super) fn standing(record: &RunRecord, under_way: bool) -> &'static str {
    match record.outcome {
        Some(outcome) => outcome.as_str(),
        None if under_way => "under-way",
        None => "broken-off",
    }
}

#[cfg(test)]
mod tests {
    use super::took;

    #[test]
    fn times_are_told_in_units_that_fit() {
        let told = [0.0004, 0.25, 9.94, 12.4, 59.6, 125.0, 3_720.0, 180_000.0].map(took);
        assert_eq!(
            told,
            ["0 ms", "250 ms", "9.9 s", "12 s", "1 min 00 s", "2 min 05 s", "1 h 02 min", "2 d 02 h"]
        );
    }
}
