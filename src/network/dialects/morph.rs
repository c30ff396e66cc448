//! Networks of morph: one file, whose `network` brings the packages of all machines.

use super::{Customs, Tops};

pub(super) const CUSTOMS: Customs = Customs {
    name: "morph",
    one_file: true,
    in_files: true,
    reserved: &["network", "defaults"],
    ignored: &["_file", "require", "resources"],
    description_sets: &["network"],
    has_resources: false,
    wraps_machines: true,
    takes_lists: false,
    // It leaves more room to the network than NixOps does.
    host_name_priority: Some(1000),
    puts_defaults_first: false,
    leaves_user_to_ssh: true,
};

pub(super) fn has_packages(tops: &mut Tops<'_>) -> bool {
    let networks = tops.named("network");
    networks.into_iter().any(|it| matches!(tops.eval.attr_named(it, "pkgs"), Ok(Some(_))))
}
