//! Which checks are on, and at which level: what `--allow`, `--warn` and `--deny` set.

use rustc_hash::FxHashMap;

use crate::findings::{Finding, Level};
use crate::network::did_you_mean;

use super::{Check, all, find};

/// Levels that differ from the checks' own.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// `None` turns a check off.
    set: FxHashMap<&'static str, Option<Level>>,
    /// Whether warnings make the exit code 1, as errors do.
    pub deny_warnings: bool,
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

    fn put(&mut self, name: &str, level: Option<Level>) -> Result<(), LevelError> {
        let check = find(name).ok_or_else(|| LevelError {
            name: name.to_owned(),
            help: did_you_mean(name, all().iter().map(|check| check.id)),
        })?;
        self.set.insert(check.id, level);
        Ok(())
    }

    pub(super) fn is_on(&self, check: &Check) -> bool {
        self.set.get(check.id) != Some(&None)
    }

    /// Gives each finding the level that was set for its check.
    pub(super) fn apply(&self, found: &mut [Finding]) {
        for finding in found {
            if let Some(Some(level)) = self.set.get(finding.id) {
                finding.level = *level;
            }
        }
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
