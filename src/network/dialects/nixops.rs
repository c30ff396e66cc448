//! Networks of NixOps 1.7 and 2.x, and our own: one or several files that are merged, `resources`, `require`.

use crate::value::Kind;

use super::{Customs, Tops};

pub(super) const CUSTOMS: Customs = Customs {
    name: "nixops",
    one_file: false,
    in_files: true,
    reserved: &["network", "defaults", "resources", "require"],
    ignored: &["_file", "nixpkgs"],
    description_sets: &["network"],
    has_resources: true,
    wraps_machines: true,
    takes_lists: false,
    // NixOps says it, and a network may only say another one plainly.
    host_name_priority: Some(900),
    puts_defaults_first: false,
    leaves_user_to_ssh: false,
};

/// Whether nobody else could read it: to morph these names would be machines, and no machine is like that.
pub(super) fn is_certain(tops: &mut Tops<'_>) -> bool {
    let required = tops.named("require");
    let resources = tops.named("resources");
    required.into_iter().any(|it| tops.eval.kind(it) == Kind::List)
        || resources.into_iter().any(|it| tops.eval.kind(it) == Kind::Attrs && !tops.is_machine(it))
}
