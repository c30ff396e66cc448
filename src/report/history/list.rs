//! The list of runs as a table and as JSON, newest first.

use serde::Serialize;

use super::{standing, took, what};
use crate::execute::seconds;
use crate::report::table::{self, Column};
use crate::state::{Outcome, RunKind, RunRecord};
use crate::system::Terminal;

/// The version of the JSON shape below.
const VERSION: u32 = 1;

/// At least so much of an id is shown: what people copy.
const SHORTEST: usize = 8;

/// A run in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub record: RunRecord,
    /// What people call its deployment.
    pub title: String,
    /// Somebody is at it now.
    pub under_way: bool,
}

/// Ids cut so that each still names one of them.
fn short(runs: &[Listed]) -> Vec<String> {
    let ids: Vec<String> = runs.iter().map(|it| it.record.id.to_string()).collect();
    let mut sorted: Vec<&str> = ids.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let alike = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    // Of all ids the neighbours in this order have most in common.
    let needed = sorted.windows(2).map(|pair| alike(pair[0], pair[1]) + 1).max().unwrap_or(0);
    ids.iter().map(|id| id.chars().take(needed.max(SHORTEST)).collect()).collect()
}

/// All runs; with `named` also of which deployment each is.
pub fn table(runs: &[Listed], named: bool, terminal: Terminal) -> String {
    let mut columns = vec![
        Column::whole("Run"),
        Column::new("Begun (UTC)"),
        Column::right("Took"),
        Column::new("By"),
        Column::new("What"),
        Column::right("Machines"),
        Column::new("Result"),
    ];
    if named {
        columns.insert(1, Column::new("Deployment"));
    }
    let rows = runs.iter().zip(short(runs)).map(|(it, id)| {
        let record = &it.record;
        let mut row = vec![
            id,
            record.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            record.ended.map(|ended| took(seconds(record.started, ended))).unwrap_or_default(),
            format!("{}@{}", record.user, record.host),
            what(record),
            record.machines.map(|count| count.to_string()).unwrap_or_default(),
            standing(record, it.under_way).to_owned(),
        ];
        if named {
            row.insert(1, it.title.clone());
        }
        row
    });
    table::render(&columns, rows.collect(), terminal.line_width())
}

/// What `nixwright runs --json` prints, newest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct RunsJson<'a> {
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u32,
    runs: Vec<RunJson<'a>>,
}

/// A run, without its steps.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct RunJson<'a> {
    id: String,
    /// The UUID of its deployment.
    deployment: String,
    /// What people call the deployment.
    name: &'a str,
    kind: RunKind,
    /// How far it went: `keys`, `build`, `copy`, `dry-activate`, `boot`, `test` or `switch`; null for a run from before that
    /// was kept.
    goal: Option<&'a str>,
    /// Who began it.
    user: &'a str,
    host: &'a str,
    /// In UTC (RFC 3339).
    started: String,
    /// Null where it has no end.
    ended: Option<String>,
    seconds: Option<f64>,
    /// Null where it has no end.
    outcome: Option<Outcome>,
    /// Without an end: whether somebody is at it now. Otherwise it was broken off.
    under_way: bool,
    /// How many machines it was for; null for a run from before that was kept.
    machines: Option<u64>,
}

impl<'a> RunJson<'a> {
    pub(super) fn new(record: &'a RunRecord, title: &'a str, under_way: bool) -> Self {
        Self {
            id: record.id.to_string(),
            deployment: record.deployment.to_string(),
            name: title,
            kind: record.kind,
            goal: record.goal.as_deref(),
            user: &record.user,
            host: &record.host,
            started: record.started.to_string(),
            ended: record.ended.map(|it| it.to_string()),
            seconds: record.ended.map(|ended| seconds(record.started, ended)),
            outcome: record.outcome,
            under_way,
            machines: record.machines,
        }
    }
}

#[cfg(test)]
pub(super) fn schema() -> serde_json::Value {
    crate::report::schemas::of::<RunsJson<'_>>()
}

pub fn json(runs: &[Listed]) -> String {
    let runs = runs.iter().map(|it| RunJson::new(&it.record, &it.title, it.under_way)).collect();
    crate::report::json_text(&RunsJson { version: VERSION, runs })
}
