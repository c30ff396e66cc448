//! What `check --fix` and `check --diff` do with the repaired texts: files are written whole or not at all, and only those
//! that are still what was checked. Repairs nothing itself.

use std::path::Path;

use super::{CommandError, ExitCode, Ui};
use crate::checks::{Repaired, RepairedFile};
use crate::report::diff::{self, Reader};
use crate::report::findings::plural;
use crate::system::System;

/// Shows what would change.
pub(super) fn show(system: &System, ui: &mut Ui<'_>, repaired: &Repaired) -> Result<ExitCode, CommandError> {
    let folder = system.environment.working_folder();
    let reader = Reader { colour: ui.terminal.colour_stdout, is_terminal: ui.terminal.stdout_is_terminal };
    for it in &repaired.files {
        ui.print(&diff::unified(&it.path, folder, &it.before, &it.after, reader))?;
    }
    tell(ui, "would repair", repaired);
    Ok(if repaired.files.is_empty() { ExitCode::Done } else { ExitCode::Findings })
}

/// Writes what was repaired.
pub(super) fn write(system: &System, ui: &mut Ui<'_>, repaired: &Repaired) -> Result<(), CommandError> {
    // Before the first is written, so that no half of what belongs together is.
    if let Some(changed) = repaired.files.iter().find(|it| is_changed(system, it)) {
        let path = changed.path.display().to_string();
        return Err(CommandError::usage(ChangedError { path }).hint("run it again"));
    }
    for it in &repaired.files {
        let mode = system.files.mode(&it.path).map_err(|error| unwritable(&it.path, error))?;
        let written = system.files.write(&it.path, it.after.as_bytes(), mode);
        written.map_err(|error| unwritable(&it.path, error))?;
    }
    tell(ui, "repaired", repaired);
    Ok(())
}

/// `repaired 3 findings in 2 files: missing-argument (2), target-port`.
fn tell(ui: &mut Ui<'_>, did: &str, repaired: &Repaired) {
    let count: usize = repaired.done.values().sum();
    if count > 0 {
        let each = |(id, count): (&&str, &usize)| match count {
            1 => (*id).to_owned(),
            _ => format!("{id} ({count})"),
        };
        let list: Vec<String> = repaired.done.iter().map(each).collect();
        let files = plural(repaired.files.len(), "file");
        ui.say(&format!("{did} {} in {files}: {}", plural(count, "finding"), list.join(", ")));
    }
    if repaired.elsewhere > 0 {
        let left = plural(repaired.elsewhere, "finding");
        ui.say(&format!("left alone: {left} in files that do not belong to the project"));
    }
}

/// Whether a file has another text than the one that was checked, as when somebody saves it meanwhile.
fn is_changed(system: &System, it: &RepairedFile) -> bool {
    system.files.read(&it.path).is_ok_and(|now| now != it.before.as_bytes())
}

fn unwritable(path: &Path, source: std::io::Error) -> CommandError {
    CommandError::usage(WriteError { path: path.display().to_string(), source })
}

#[derive(Debug, thiserror::Error)]
#[error("`{path}` was changed while it was checked; nothing was repaired")]
struct ChangedError {
    path: String,
}

#[derive(Debug, thiserror::Error)]
#[error("could not write `{path}`")]
struct WriteError {
    path: String,
    source: std::io::Error,
}
