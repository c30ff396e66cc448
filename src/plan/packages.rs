//! Which packages a new system brings, drops and updates: two closures compared by the names of their paths.
//!
//! Names are all there is to go by, as for `nix store diff-closures`: a version begins at the first dash before something
//! that is no letter. Reads no store.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::nix::StorePath;

/// A package with other versions than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PackageChange {
    pub name: String,
    /// Empty where the machine does not have it; a version is empty where its name has none.
    pub before: Vec<String>,
    /// Empty where the new system does not have it.
    pub after: Vec<String>,
}

/// The difference of two closures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PackageChanges {
    pub added: Vec<PackageChange>,
    pub removed: Vec<PackageChange>,
    pub changed: Vec<PackageChange>,
    /// Packages of the same version that are other paths than before.
    pub rebuilt: Vec<String>,
    /// The size of the closure before and after, in bytes.
    pub size_before: u64,
    pub size_after: u64,
}

/// A store object and its size in bytes.
pub type SizedPath = (StorePath, u64);

impl PackageChanges {
    /// Linear in both closures, but for the sorting of names.
    pub fn between(before: &[SizedPath], after: &[SizedPath]) -> Self {
        let (old, new) = (by_name(before), by_name(after));
        let versions = |of: &BTreeMap<&str, BTreeMap<&str, BTreeSet<&StorePath>>>, name: &str| {
            let versions = of.get(name).map(|it| it.keys().map(|version| (*version).to_owned()).collect());
            versions.unwrap_or_default()
        };
        let mut changes = Self {
            size_before: before.iter().map(|it| it.1).sum(),
            size_after: after.iter().map(|it| it.1).sum(),
            ..Self::default()
        };
        let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for name in names {
            let change = PackageChange {
                name: name.to_owned(),
                before: versions(&old, name),
                after: versions(&new, name),
            };
            if change.before.is_empty() {
                changes.added.push(change);
            } else if change.after.is_empty() {
                changes.removed.push(change);
            } else if change.before != change.after {
                changes.changed.push(change);
            } else if old.get(name) != new.get(name) {
                changes.rebuilt.push(change.name);
            }
        }
        changes
    }

    /// Nothing of the closure is another than before.
    pub fn is_empty(&self) -> bool {
        [&self.added, &self.removed, &self.changed].iter().all(|it| it.is_empty()) && self.rebuilt.is_empty()
    }
}

fn by_name(closure: &[SizedPath]) -> BTreeMap<&str, BTreeMap<&str, BTreeSet<&StorePath>>> {
    let mut names: BTreeMap<&str, BTreeMap<&str, BTreeSet<&StorePath>>> = BTreeMap::new();
    for (path, _) in closure {
        let (name, version) = name_and_version(path.name());
        names.entry(name).or_default().entry(version).or_default().insert(path);
    }
    names
}

/// Outputs of packages, as nixpkgs names them; what else ends in a word is a name.
const OUTPUTS: [&str; 13] = [
    "bin", "data", "debug", "dev", "devdoc", "dist", "doc", "info", "lib", "man", "modules", "out", "static",
];

/// `nginx-1.26.1-doc` is `nginx` in version `1.26.1`; `unit-nginx.service` has no version.
fn name_and_version(whole: &str) -> (&str, &str) {
    let split = whole
        .match_indices('-')
        .find(|(at, _)| whole[at + 1..].chars().next().is_some_and(|first| !first.is_ascii_alphabetic()));
    let Some((at, _)) = split else { return (whole, "") };
    let (name, version) = (&whole[..at], &whole[at + 1..]);
    match version.rsplit_once('-') {
        Some((version, output)) if OUTPUTS.contains(&output) => (name, version),
        _ => (name, version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(paths: &[(char, &str)]) -> Vec<SizedPath> {
        let path = |hash: char, name: &str| format!("/nix/store/{}-{name}", hash.to_string().repeat(32));
        paths.iter().map(|(hash, name)| (StorePath::new(path(*hash, name)).unwrap(), 10)).collect()
    }

    #[test]
    fn names_end_where_versions_begin() {
        assert_eq!(name_and_version("nginx-1.26.1"), ("nginx", "1.26.1"));
        assert_eq!(name_and_version("nginx-1.26.1-doc"), ("nginx", "1.26.1"));
        assert_eq!(name_and_version("foo-unstable-2024-01-02"), ("foo-unstable", "2024-01-02"));
        assert_eq!(name_and_version("1.0-2.0-rc1"), ("1.0", "2.0-rc1"));
        assert_eq!(name_and_version("unit-nginx.service"), ("unit-nginx.service", ""));
        assert_eq!(name_and_version("ends-"), ("ends-", ""));
    }

    #[test]
    fn two_closures_are_compared_by_names_and_versions() {
        let before = closure(&[
            ('a', "nginx-1.24"),
            ('b', "curl-8.1"),
            ('c', "etc"),
            ('d', "glibc-2.38"),
            ('e', "x-1"),
        ]);
        let after = closure(&[
            ('f', "nginx-1.26"),
            ('g', "htop-3.2"),
            ('h', "etc"),
            ('d', "glibc-2.38"),
            ('i', "glibc-2.39"),
            ('e', "x-1"),
        ]);
        let changes = PackageChanges::between(&before, &after);
        let shown = |all: &[PackageChange]| -> Vec<String> {
            all.iter().map(|it| format!("{} {:?} {:?}", it.name, it.before, it.after)).collect()
        };
        assert_eq!(shown(&changes.added), ["htop [] [\"3.2\"]"]);
        assert_eq!(shown(&changes.removed), ["curl [\"8.1\"] []"]);
        assert_eq!(
            shown(&changes.changed),
            ["glibc [\"2.38\"] [\"2.38\", \"2.39\"]", "nginx [\"1.24\"] [\"1.26\"]"]
        );
        assert_eq!(changes.rebuilt, ["etc"]);
        assert_eq!((changes.size_before, changes.size_after), (50, 60));
        assert!(PackageChanges::between(&before, &before).is_empty());
    }
}
