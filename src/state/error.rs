//! What can go wrong with the state: the file and its surroundings, what was asked for, and who else is at work.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{DeploymentId, Event, Holder, RunId};

/// An act on the state that could not be done. Each message says what to do where that is not obvious.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "there is no place for the state: neither XDG_DATA_HOME nor HOME is set; name one with `--state PATH`"
    )]
    NoPlace,
    #[error("`{given}` names no state: expected a path, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    Place { given: String },
    #[error("the folder {} for the state does not exist; create it (`mkdir -m 700`) or name another with `--state PATH`", .folder.display())]
    MissingFolder { folder: PathBuf },
    #[error("the state {} is not a regular file; name a file with `--state PATH`", .path.display())]
    NotAFile { path: PathBuf },
    #[error(
        "you may not read the state {}; run the command as the user to whom it belongs, or name another with `--state PATH`",
        .path.display()
    )]
    Forbidden { path: PathBuf },
    #[error("could not {act} {} for the state", .path.display())]
    Prepare { act: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{} is not a SQLite file, so it holds no state; move it away or name another with `--state PATH`", .path.display())]
    NotADatabase { path: PathBuf },
    #[error(
        "the database {} belongs to another program (it has a table `{table}`); name another with `--state PATH`",
        .path.display()
    )]
    Foreign { path: PathBuf, table: String },
    #[error(
        "the state {} has schema version {found}, but this nixwright knows versions up to {known}; use a newer nixwright",
        .path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "the state {} is damaged ({detail}); put a backup in its place, or move it away to begin a new one",
        .path.display()
    )]
    Damaged { path: PathBuf, detail: String },
    #[error("the state {} cannot be written; make the file and its folder writable for you", .path.display())]
    ReadOnly { path: PathBuf },
    #[error("there is no room on the disk for the state {}; free some and run the command again", .path.display())]
    Full { path: PathBuf },
    #[error(
        "the state {} was kept busy by another process for {} s; run the command again when that has ended",
        .path.display(),
        .waited.as_secs()
    )]
    Busy { path: PathBuf, waited: std::time::Duration },
    #[error("could not {act} the state {}", .path.display())]
    Database { act: &'static str, path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error(
        "the state's server {server} cannot be used: {said}; nothing of this command was written (could not {act})"
    )]
    ServerGone { act: &'static str, server: String, said: String },
    #[error("the state's server {server} refuses: {said}")]
    ServerRefuses { server: String, said: String },
    #[error(
        "the disk of the state's server {server} is full; free some room there and run the command again"
    )]
    ServerFull { server: String },

    #[error(
        "the private keys in the state {} are encrypted ({}), and no key was given; name its file with `--state-key FILE` or \
         NIXWRIGHT_STATE_KEY",
        .path.display(), told(.openers)
    )]
    Sealed { path: PathBuf, openers: Vec<String> },
    #[error(
        "the key that was given does not open the private keys in the state {}: they are encrypted ({}); name the file of \
         that key with `--state-key FILE` or NIXWRIGHT_STATE_KEY",
        .path.display(), told(.openers)
    )]
    WrongKey { path: PathBuf, openers: Vec<String> },

    #[error("no deployment is called `{wanted}`{}", known(.candidates, .similar))]
    DeploymentNotFound { wanted: String, candidates: Vec<String>, similar: Option<String> },
    #[error("`{wanted}` can mean several deployments: {}; name one with `-d`, by its whole name or UUID", .candidates.join(", "))]
    DeploymentAmbiguous { wanted: String, candidates: Vec<String> },
    #[error("the deployment {title} has no argument `{name}`{}", known(.candidates, .similar))]
    NoArgument { title: String, name: String, candidates: Vec<String>, similar: Option<String> },
    #[error("the deployment {id} is not in the state; it may have been deleted meanwhile")]
    DeploymentGone { id: DeploymentId },
    #[error("there is already a deployment called `{name}` ({id}); choose another name")]
    NameTaken { name: String, id: DeploymentId },
    #[error(
        "`{name}` cannot be the name of a deployment: it must begin with a letter, `_` or `-`, and go on with letters, \
         digits, `_`, `-` and `.`"
    )]
    BadName { name: String },
    #[error("the path {} is not valid UTF-8, so it cannot be kept in the state", .path.display())]
    BadPath { path: PathBuf },
    #[error(
        "the deployment still has machines ({}); forget them first, or delete it with `--force`", .machines.join(", ")
    )]
    HasMachines { machines: Vec<String> },
    #[error("the deployment has no record of a machine `{name}`{}", known(.candidates, .similar))]
    MachineNotFound { name: String, candidates: Vec<String>, similar: Option<String> },
    #[error("there is already a machine `{name}` in this deployment; choose another name")]
    MachineNameTaken { name: String },
    #[error(
        "`{name}` cannot be the name of a machine: it must be letters, digits, `_`, `-` and `.`, and not begin with a `.`"
    )]
    BadMachineName { name: String },
    #[error(
        "the deployment has no generation {number}{}",
        .newest.map(|newest| format!("; the newest is {newest}")).unwrap_or_default()
    )]
    GenerationNotFound { number: u64, newest: Option<u64> },
    #[error("generation {number} cannot be deleted: {why}")]
    GenerationInUse { number: u64, why: String },
    #[error("there is no run {run}")]
    RunNotFound { run: RunId },
    #[error("there is no run yet")]
    NoRun,
    #[error("there is no run `{wanted}`; the newest are {}", .known.join(", "))]
    UnknownRun { wanted: String, known: Vec<String> },
    #[error("`{wanted}` can mean several runs: {}; give more of the id", .candidates.join(", "))]
    AmbiguousRun { wanted: String, candidates: Vec<String> },

    #[error(
        "the deployment is locked by {holder} since {since}; wait for it, or break the lock with `nixwright unlock`"
    )]
    Locked { holder: Box<Holder>, since: Timestamp },
    #[error("the lock of the deployment was lost: {}", .now.as_ref().map_or_else(|| "it was broken or released".to_owned(), |now| format!("{now} holds it now")))]
    LeaseLost { now: Option<Box<Holder>> },
    #[error("run {run} has ended; resume it before it can go on")]
    RunEnded { run: RunId },
    #[error(
        "the journal of step `{step}` cannot go from {} to `{next}`",
        .before.map_or_else(|| "its beginning".to_owned(), |before| format!("`{before}`"))
    )]
    IllegalMove { step: String, before: Option<Event>, next: Event },
}

/// Whose key opens it.
fn told(openers: &[String]) -> String {
    match openers {
        [one] if !one.starts_with("age1") => format!("with {one}"),
        several => format!("for {}", several.join(", ")),
    }
}

/// The end of a "not found" message: the nearest name, and what there is.
fn known(candidates: &[String], similar: &Option<String>) -> String {
    const SHOWN: usize = 10;
    let mut text = String::new();
    if let Some(similar) = similar {
        text.push_str(&format!("; did you mean `{similar}`?"));
    }
    match candidates {
        [] => text.push_str("; there is none yet"),
        some => {
            let more = some.len().saturating_sub(SHOWN);
            let shown = some[..some.len().min(SHOWN)].join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!("; known are {shown}{more}"));
        }
    }
    text
}
