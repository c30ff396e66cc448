//! From the bytes of a file to deployments: which format it is, and what is wrong with it.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::error::Category;

use super::nixops::{self, NixopsExport};
use super::{Exported, Found, TransferError, VERSION};
use crate::system::System;

/// What tells the formats apart. The rest is only looked over.
#[derive(Deserialize)]
struct Head {
    version: Option<serde_json::Value>,
    deployments: Option<serde::de::IgnoredAny>,
}

impl Exported {
    /// Reads what `nixwright export` printed, or `nixops export` of NixOps 1.7 and 2. `from` names it in messages.
    pub fn read(system: &System, bytes: &[u8], from: &str) -> Result<Found, TransferError> {
        let from = || from.to_owned();
        let text = std::str::from_utf8(bytes)
            .map_err(|error| TransferError::NoText { from: from(), at: error.valid_up_to() + 1 })?;
        if text.trim().is_empty() {
            return Err(TransferError::Empty { from: from() });
        }
        let trouble = |error: serde_json::Error| trouble(&from(), &error);
        let head: Head = serde_json::from_str(text).map_err(trouble)?;
        if head.version.is_none() && head.deployments.is_none() {
            let export: NixopsExport = serde_json::from_str(text).map_err(trouble)?;
            return nixops::understood(system, export.0, &from());
        }
        match head.version.as_ref().and_then(serde_json::Value::as_u64) {
            Some(found) if found > u64::from(VERSION) => {
                return Err(TransferError::Newer { from: from(), found, known: VERSION });
            }
            Some(1..) => {}
            _ => {
                let said = "expected a number of 1 or more as `version`".to_owned();
                return Err(TransferError::Shape { from: from(), said });
            }
        }
        let exported: Exported = serde_json::from_str(text).map_err(trouble)?;
        exported.checked(&from())?;
        Ok(Found { exported, notes: Vec::new() })
    }

    /// Refuses what cannot be told apart, or not be stored.
    pub(super) fn checked(&self, from: &str) -> Result<(), TransferError> {
        let twice = |what: String| TransferError::Twice { from: from.to_owned(), what };
        let (mut uuids, mut names, mut runs) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for it in &self.deployments {
            if !uuids.insert(it.uuid) {
                return Err(twice(format!("the deployment {}", it.uuid)));
            }
            if let Some(name) = it.name.as_ref().filter(|name| !names.insert(name.as_str())) {
                return Err(twice(format!("a deployment called `{name}`")));
            }
            let title = it.name.clone().unwrap_or_else(|| it.uuid.to_string());
            let unnamed = it.machines.iter().any(|machine| machine.name.is_empty())
                || it.nixops.as_ref().is_some_and(|record| record.resources.contains_key(""));
            if unnamed {
                let said = format!("a machine or resource of {title} has an empty name");
                return Err(TransferError::Shape { from: from.to_owned(), said });
            }
            let mut machines = BTreeSet::new();
            if let Some(machine) = it.machines.iter().find(|machine| !machines.insert(&machine.name)) {
                return Err(twice(format!("the machine `{}` of {title}", machine.name)));
            }
            let mut numbers = BTreeSet::new();
            if let Some(again) = it.generations.iter().find(|it| !numbers.insert(it.number)) {
                return Err(twice(format!("generation {} of {title}", again.number)));
            }
            for run in &it.runs {
                if !runs.insert(run.id) {
                    return Err(twice(format!("the run {}", run.id)));
                }
                let mut entries = BTreeSet::new();
                if let Some(entry) = run.journal.iter().find(|entry| !entries.insert(entry.sequence)) {
                    return Err(twice(format!("entry {} of the run {}", entry.sequence, run.id)));
                }
            }
            let largest = [it.last_generation]
                .into_iter()
                .chain(it.machines.iter().filter_map(|machine| machine.generation))
                .chain(it.runs.iter().flat_map(|run| &run.journal).flat_map(|it| [it.sequence, it.fence]))
                .max();
            if let Some(number) = largest.filter(|number| i64::try_from(*number).is_err()) {
                let said = format!("{number} in {title} is too large for a number that counts");
                return Err(TransferError::Shape { from: from.to_owned(), said });
            }
            if numbers.last().is_some_and(|newest| *newest > it.last_generation) {
                let said = format!("`lastGeneration` of {title} is smaller than the number of a generation");
                return Err(TransferError::Shape { from: from.to_owned(), said });
            }
        }
        Ok(())
    }
}

/// serde_json's words: damage and a wrong shape both with line and column.
fn trouble(from: &str, error: &serde_json::Error) -> TransferError {
    let (from, said) = (from.to_owned(), error.to_string());
    match error.classify() {
        Category::Data => TransferError::Shape { from, said },
        Category::Syntax | Category::Eof | Category::Io => TransferError::Broken { from, said },
    }
}
