//! `nixwright.toml` of a network, for the commands that check it. What it means is known in `checks`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CommandError, Ui};
use crate::checks::{Project, project_file, read_project};
use crate::network::Request;
use crate::report::findings::{Extent, Look, Report, pictures};
use crate::system::System;
use crate::text::Sources;

/// What was read.
pub(super) struct Read {
    /// What the project says; nothing where its file has mistakes, which have then been told.
    pub(super) project: Option<Project>,
    /// The file with its text, where there is one.
    pub(super) file: Option<(PathBuf, Arc<str>)>,
}

/// Reads what the project of a network says.
pub(super) fn of(system: &System, ui: &mut Ui<'_>, request: &Request) -> Result<Read, CommandError> {
    let without = Read { project: Some(Project::default()), file: None };
    let Some(input) = request.inputs.first() else { return Ok(without) };
    let input = request.working_folder.join(input);
    let input = system.files.canonicalize(&input).unwrap_or(input);
    let Some(path) = project_file(system.files.as_ref(), &input) else { return Ok(without) };
    let bytes = system.files.read(&path).map_err(|source| unreadable(&path, source))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CommandError::usage(format!("`{}` is not text: it is not UTF-8", path.display())))?;
    let mut sources = Sources::default();
    let project = match read_project(&mut sources, &path, &text) {
        Ok(project) => Some(project),
        Err(findings) => {
            let extent = Extent::default();
            let working_folder = system.environment.working_folder();
            let report = Report { findings: &findings, sources: &sources, extent: &extent, working_folder };
            let look = Look { colour: ui.terminal.colour_stderr, width: ui.terminal.width };
            ui.say(pictures(&report, look).trim_end());
            None
        }
    };
    Ok(Read { project, file: Some((path, text.into())) })
}

fn unreadable(path: &Path, source: std::io::Error) -> CommandError {
    CommandError::usage(ReadError { path: path.display().to_string(), source })
}

#[derive(Debug, thiserror::Error)]
#[error("could not read `{path}`")]
struct ReadError {
    path: String,
    source: std::io::Error,
}
