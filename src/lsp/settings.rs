//! What an editor may set: which networks there are and how they are called. Everything about checks is in
//! `nixwright.toml`, where the command line finds it, too.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::checks::OptionsFrom;
use crate::network::{Arguments, Dialect};

/// The settings, as the client sends them at the start and when they change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Networks that are not found by their names; without any, the nearest one of each open file.
    pub networks: Vec<NetworkSettings>,
    /// Entries of the search path, as `-I` gives them.
    pub include: Vec<String>,
    /// Folders of inputs and pins by their names, as `--input` gives them.
    pub inputs: std::collections::BTreeMap<String, PathBuf>,
    /// As `--options` gives it.
    options: Option<String>,
}

/// One network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkSettings {
    /// Its files, relative to the folder of the workspace.
    pub files: Vec<PathBuf>,
    /// Arguments that are strings, by their names.
    strings: std::collections::BTreeMap<String, String>,
    /// Arguments that are Nix expressions, by their names.
    expressions: std::collections::BTreeMap<String, String>,
    dialect: Option<String>,
}

impl Settings {
    /// Reads settings, alone or below the name of this program; nothing where they are none.
    pub fn read(given: &Value) -> Option<Settings> {
        let own = given.get("nixwright").unwrap_or(given);
        if own.is_null() { Some(Settings::default()) } else { Settings::deserialize(own).ok() }
    }

    /// Where the options of NixOS are known from, where that was set.
    pub fn options(&self) -> Option<OptionsFrom> {
        Some(match self.options.as_deref()? {
            "auto" => OptionsFrom::Auto,
            "none" => OptionsFrom::Nowhere,
            file => OptionsFrom::File(file.into()),
        })
    }
}

impl NetworkSettings {
    pub fn arguments(&self) -> Arguments {
        let mut arguments = Arguments::default();
        for (name, text) in &self.expressions {
            arguments.expression(name, text);
        }
        for (name, text) in &self.strings {
            arguments.string(name, text);
        }
        arguments
    }

    pub fn dialect(&self) -> Option<Dialect> {
        let name = self.dialect.as_deref()?;
        Dialect::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_read_with_and_without_their_name() {
        let own = json!({ "networks": [{ "files": ["a.nix", "b.nix"], "strings": { "region": "eu" }, "dialect": "nixops" }] });
        for given in [own.clone(), json!({ "nixwright": own })] {
            let settings = Settings::read(&given).unwrap();
            let network = &settings.networks[0];
            assert_eq!((network.files.len(), network.dialect()), (2, Some(Dialect::NixOps)));
            assert_eq!(network.arguments().iter().count(), 1);
        }
        assert_eq!(
            Settings::read(&json!({ "options": "none" })).unwrap().options(),
            Some(OptionsFrom::Nowhere)
        );
        assert!(
            Settings::read(&Value::Null).is_some() && Settings::read(&json!({ "networks": 1 })).is_none()
        );
    }
}
