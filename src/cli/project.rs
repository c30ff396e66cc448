//! `nixwright.toml` of a network, for the commands that check it. What it means is known in `checks`.

use std::path::Path;

use super::{CommandError, Ui};
use crate::checks::{Project, project_file, read_project};
use crate::network::Request;
use crate::report::findings::{Extent, Look, Report, pictures};
use crate::system::System;
use crate::text::Sources;

/// What the project of a network says; nothing where its file has mistakes, which have then been told.
pub(super) fn of(
    system: &System,
    ui: &mut Ui<'_>,
    request: &Request,
) -> Result<Option<Project>, CommandError> {
    let Some(input) = request.inputs.first() else { return Ok(Some(Project::default())) };
    let input = request.working_folder.join(input);
    let input = system.files.canonicalize(&input).unwrap_or(input);
    let Some(path) = project_file(system.files.as_ref(), &input) else { return Ok(Some(Project::default())) };
    let bytes = system.files.read(&path).map_err(|source| unreadable(&path, source))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CommandError::usage(format!("`{}` is not text: it is not UTF-8", path.display())))?;
    let mut sources = Sources::default();
    match read_project(&mut sources, &path, &text) {
        Ok(project) => Ok(Some(project)),
        Err(findings) => {
            let extent = Extent::default();
            let working_folder = system.environment.working_folder();
            let report = Report { findings: &findings, sources: &sources, extent: &extent, working_folder };
            let look = Look { colour: ui.terminal.colour_stderr, width: ui.terminal.width };
            ui.say(pictures(&report, look).trim_end());
            Ok(None)
        }
    }
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
