//! The files of the embedded library; a test compares the list with the folder.

/// Name and text of each file.
pub(super) const FILES: &[(&str, &str)] = &[
    ("attrsets.nix", include_str!("../../../fixtures/nixpkgs/lib/attrsets.nix")),
    ("cli.nix", include_str!("../../../fixtures/nixpkgs/lib/cli.nix")),
    ("customisation.nix", include_str!("../../../fixtures/nixpkgs/lib/customisation.nix")),
    ("default.nix", include_str!("../../../fixtures/nixpkgs/lib/default.nix")),
    ("fileset.nix", include_str!("../../../fixtures/nixpkgs/lib/fileset.nix")),
    ("fixed-points.nix", include_str!("../../../fixtures/nixpkgs/lib/fixed-points.nix")),
    ("generators.nix", include_str!("../../../fixtures/nixpkgs/lib/generators.nix")),
    ("licenses.nix", include_str!("../../../fixtures/nixpkgs/lib/licenses.nix")),
    ("lists.nix", include_str!("../../../fixtures/nixpkgs/lib/lists.nix")),
    ("modules.nix", include_str!("../../../fixtures/nixpkgs/lib/modules.nix")),
    ("options.nix", include_str!("../../../fixtures/nixpkgs/lib/options.nix")),
    ("path.nix", include_str!("../../../fixtures/nixpkgs/lib/path.nix")),
    ("priorities.nix", include_str!("../../../fixtures/nixpkgs/lib/priorities.nix")),
    ("renames.nix", include_str!("../../../fixtures/nixpkgs/lib/renames.nix")),
    ("sources.nix", include_str!("../../../fixtures/nixpkgs/lib/sources.nix")),
    ("strings.nix", include_str!("../../../fixtures/nixpkgs/lib/strings.nix")),
    ("systems.nix", include_str!("../../../fixtures/nixpkgs/lib/systems.nix")),
    ("trivial.nix", include_str!("../../../fixtures/nixpkgs/lib/trivial.nix")),
    ("types-compound.nix", include_str!("../../../fixtures/nixpkgs/lib/types-compound.nix")),
    ("types.nix", include_str!("../../../fixtures/nixpkgs/lib/types.nix")),
    ("versions.nix", include_str!("../../../fixtures/nixpkgs/lib/versions.nix")),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::system::{Files, OsFiles};

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nixpkgs/lib");
        let names = OsFiles.read_folder(&folder).unwrap().into_iter().map(|(name, _)| name);
        let there: Vec<String> = names.filter(|name| name.ends_with(".nix")).collect();
        let embedded: Vec<&str> = super::FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(embedded, there);
    }
}
