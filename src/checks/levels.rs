//! Which checks are on, and at which level: what `--allow`, `--warn` and `--deny` set, and below them what the project says.

use rustc_hash::FxHashMap;

use crate::findings::{Finding, Level};
use crate::network::did_you_mean;
use crate::text::Sources;

use super::{Check, Project, all, find};

/// Levels that differ from the checks' own.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// `None` turns a check off.
    set: FxHashMap<&'static str, Option<Level>>,
    /// Whether warnings make the exit code 1, as errors do.
    pub deny_warnings: bool,
    project: Project,
}

/// A name that no check has.
#[derive(Clone, Debug, thiserror::Error)]
#[error("there is no check called `{name}`")]
pub struct LevelError {
    pub name: String,
    pub help: Option<String>,
}

/// Stands for all warnings in `--deny warnings`.
const WARNINGS: &str = "warnings";

impl Levels {
    /// Turns a check off.
    pub fn allow(&mut self, name: &str) -> Result<(), LevelError> {
        self.put(name, None)
    }

    /// Makes a check's findings warnings.
    pub fn warn(&mut self, name: &str) -> Result<(), LevelError> {
        self.put(name, Some(Level::Warning))
    }

    /// Makes a check's findings errors; `warnings` makes every warning count like one.
    pub fn deny(&mut self, name: &str) -> Result<(), LevelError> {
        if name == WARNINGS {
            self.deny_warnings = true;
            return Ok(());
        }
        self.put(name, Some(Level::Error))
    }

    /// Takes over what the project says; what was or will be set here wins.
    pub fn of_project(&mut self, project: Project) {
        self.deny_warnings |= project.deny_warnings;
        self.project = project;
    }

    fn put(&mut self, name: &str, level: Option<Level>) -> Result<(), LevelError> {
        let check = find(name).ok_or_else(|| LevelError {
            name: name.to_owned(),
            help: did_you_mean(name, all().iter().map(|check| check.id)),
        })?;
        self.set.insert(check.id, level);
        Ok(())
    }

    pub(super) fn is_on(&self, check: &Check) -> bool {
        if let Some(level) = self.set.get(check.id) {
            return level.is_some();
        }
        let said = |levels: &[(&str, Option<Level>)]| {
            levels.iter().rev().find(|(id, _)| *id == check.id).map(|(_, level)| *level)
        };
        let somewhere = self.project.paths.iter().any(|(_, levels)| said(levels).flatten().is_some());
        somewhere || said(&self.project.levels) != Some(None)
    }

    /// Gives each finding the level that was set for its check, and takes out what is not wanted in its file.
    pub(super) fn apply(&self, sources: &Sources, found: &mut Vec<Finding>) {
        if self.set.is_empty() && self.project.is_silent() {
            return;
        }
        found.retain_mut(|finding| {
            let path = sources.path(finding.span.file);
            if self.project.ignores(path) {
                return false;
            }
            let set = self.set.get(finding.id).copied();
            match set.or_else(|| self.project.level(finding.id, path)) {
                Some(None) => return false,
                Some(Some(level)) => finding.level = level,
                None => {}
            }
            true
        });
    }

    /// Whether these findings make `check` fail.
    pub fn fails(&self, found: &[Finding]) -> bool {
        let worst = if self.deny_warnings { Level::Warning } else { Level::Error };
        found.iter().any(|it| it.level <= worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_warnings_can_be_denied() {
        let mut levels = Levels::default();
        let error = levels.allow("target-host-emty").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `target-host-empty`?"));
        levels.deny("warnings").unwrap();
        assert!(levels.deny_warnings);
    }
}
