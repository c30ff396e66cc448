//! The ways in which networks are written. What differs between tools is answered here, and nowhere else.
//!
//! A dialect is recognised by content. All have the shape of a set of machines with a few reserved names, those of
//! flake outputs once `flakes` has looked into them.

use std::fmt;

use crate::eval::{AttrsView, Evaluator};
use crate::value::{Kind, Value};

/// The tool whose network it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// One or several files, merged: `network`, `defaults`, `resources`, `require`.
    NixOps,
    /// A hive: `meta`, `defaults`; a machine may be a list of modules.
    Colmena,
    /// `network.pkgs`; secrets and health checks.
    Morph,
    /// The output `deploy.nodes` of a flake.
    #[serde(rename = "deploy-rs")]
    DeployRs,
    /// The output `nixosConfigurations` of a flake: machines that no tool says how to reach.
    Nixos,
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Dialect {
    /// The dialect of a network's top level, given the first file's name.
    pub(super) fn of(eval: &mut Evaluator, tops: &[AttrsView], first_file: &str) -> Self {
        let named = |eval: &Evaluator, name: &str| -> Vec<Value> {
            let all = tops.iter().flat_map(|top| &top.attributes);
            all.filter(|it| eval.name(it.name) == name).map(|it| it.value).collect()
        };
        if first_file == "hive.nix" || named(eval, "meta").into_iter().any(|it| !is_machine(eval, it)) {
            return Dialect::Colmena;
        }
        let has_packages = named(eval, "network")
            .into_iter()
            .any(|network| matches!(eval.attr_named(network, "pkgs"), Ok(Some(_))));
        // To morph these would be machines, and no machine is like that.
        let of_nixops = named(eval, "require").into_iter().any(|it| eval.kind(it) == Kind::List)
            || named(eval, "resources")
                .into_iter()
                .any(|it| eval.kind(it) == Kind::Attrs && !is_machine(eval, it));
        if has_packages && !of_nixops { Dialect::Morph } else { Dialect::NixOps }
    }

    /// Names at the top that are no machines.
    pub fn reserved(self) -> &'static [&'static str] {
        match self {
            Dialect::NixOps => &["network", "defaults", "resources", "require"],
            Dialect::Colmena => &["meta", "network", "defaults"],
            Dialect::Morph => &["network", "defaults"],
            Dialect::DeployRs | Dialect::Nixos => &[],
        }
    }

    /// Names at the top that are silently no machines: tools add or drop them.
    pub(super) fn ignored(self) -> &'static [&'static str] {
        match self {
            Dialect::NixOps => &["_file", "nixpkgs"],
            Dialect::Colmena => &["__schema", "_file"],
            Dialect::Morph => &["_file", "require", "resources"],
            Dialect::DeployRs | Dialect::Nixos => &[],
        }
    }

    /// The set that describes the network.
    pub(super) fn description_sets(self) -> &'static [&'static str] {
        match self {
            Dialect::NixOps | Dialect::Morph => &["network"],
            Dialect::Colmena => &["meta", "network"],
            Dialect::DeployRs | Dialect::Nixos => &[],
        }
    }

    /// Attributes of that set that some tool reads.
    pub fn network_attributes(self, set: &str) -> &'static [&'static str] {
        const NETWORK: &[&str] = &[
            "description",
            "enableRollback",
            "rollout",
            "nixpkgs",
            "pkgs",
            "lib",
            "evalConfig",
            "runGarbageCollection",
            "ordering",
            "specialArgs",
            "storage",
            "lock",
            "nixConfig",
            "buildShell",
            "name",
            "datadogNotify",
            "datadogEventInfo",
            "datadogTags",
            "datadogDowntime",
            "datadogDowntimeSeconds",
            "nodeNixpkgs",
            "nodeSpecialArgs",
            "machinesFile",
            "allowApplyAll",
            "buildMachines",
        ];
        const META: &[&str] = &[
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
        if set == "meta" { META } else { NETWORK }
    }

    /// Whether the tool puts a module of its own around a machine's, which then is read after the network's others.
    pub(super) fn wraps_machines(self) -> bool {
        matches!(self, Dialect::NixOps | Dialect::Morph)
    }

    /// Whether a machine may be a list of modules.
    pub fn takes_lists(self) -> bool {
        self == Dialect::Colmena
    }

    /// How strongly a machine is called by its name in the network, if it is; `dialect-options.nix` does it. NixOps says it, and a network may only
    /// say it plainly; morph leaves more room; the others leave it to the network.
    pub(super) fn host_name_priority(self) -> Option<i64> {
        match self {
            Dialect::NixOps => Some(900),
            Dialect::Morph => Some(1000),
            Dialect::Colmena | Dialect::DeployRs | Dialect::Nixos => None,
        }
    }

    /// Whether `defaults` stands before the machine's own modules, and not behind them.
    pub(super) fn puts_defaults_first(self) -> bool {
        self == Dialect::Colmena
    }

    /// Whether it is left to ssh whom to log in as, where the network does not say it.
    pub fn leaves_user_to_ssh(self) -> bool {
        matches!(self, Dialect::Morph | Dialect::DeployRs)
    }

    /// Every dialect there is.
    pub const ALL: [Dialect; 5] =
        [Dialect::NixOps, Dialect::Colmena, Dialect::Morph, Dialect::DeployRs, Dialect::Nixos];

    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::NixOps => "nixops",
            Dialect::Colmena => "colmena",
            Dialect::Morph => "morph",
            Dialect::DeployRs => "deploy-rs",
            Dialect::Nixos => "nixos",
        }
    }
}

/// Options of which a machine sets at least one, and that no description of a network has.
const OF_MACHINES: [&str; 4] = ["deployment", "imports", "networking", "services"];

/// Whether a value under a name that some dialect reserves is the module of a machine that happens to be called so.
fn is_machine(eval: &mut Evaluator, value: Value) -> bool {
    match eval.kind(value) {
        Kind::Function | Kind::Path | Kind::List => true,
        Kind::Attrs => OF_MACHINES.iter().any(|name| matches!(eval.attr_named(value, name), Ok(Some(_)))),
        _ => false,
    }
}
