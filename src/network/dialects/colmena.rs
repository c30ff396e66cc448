//! Hives of colmena: one file with `meta`, in which a machine may be a list of modules.

use std::path::Path;

use super::{Customs, Tops};

pub(super) const CUSTOMS: Customs = Customs {
    name: "colmena",
    one_file: true,
    in_files: true,
    reserved: &["meta", "network", "defaults"],
    ignored: &["__schema", "_file"],
    description_sets: &["meta", "network"],
    has_resources: false,
    wraps_machines: false,
    takes_lists: true,
    host_name_priority: None,
    puts_defaults_first: true,
    leaves_user_to_ssh: false,
};

/// What `meta` may hold.
pub(super) const META: &[&str] = &[
    "name",
    "description",
    "nixpkgs",
    "nodeNixpkgs",
    "specialArgs",
    "nodeSpecialArgs",
    "machinesFile",
    "allowApplyAll",
    "rollout",
];

/// By its name, or by a `meta` that is no machine.
pub(super) fn is_hive(tops: &mut Tops<'_>, first_file: &str) -> bool {
    first_file == "hive.nix" || tops.named("meta").into_iter().any(|it| !tops.is_machine(it))
}

/// Whether a file is colmena's by its name.
pub(in crate::network) fn is_hive_file(path: &Path) -> bool {
    path.ends_with("hive.nix")
}
