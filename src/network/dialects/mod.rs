//! The ways in which networks are written: a file for each. What differs between tools is answered here, and nowhere else.
//!
//! All have the shape of a set of machines with a few reserved names, those of flake outputs once their readers have
//! brought them into it; so a dialect is its [`Customs`], and how it is recognised by its content.

pub(super) mod colmena;
pub(super) mod deploy_rs;
mod morph;
mod nixops;
pub(super) mod nixos;

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

/// What one tool does otherwise than another.
struct Customs {
    name: &'static str,
    /// Whether a network of it is one file, and nothing can be merged with it.
    one_file: bool,
    /// Whether it stands in files at all, and is not only an output of flakes.
    in_files: bool,
    /// Names at the top that are no machines.
    reserved: &'static [&'static str],
    /// Names at the top that are silently no machines: tools add or drop them.
    ignored: &'static [&'static str],
    /// The sets that describe the network.
    description_sets: &'static [&'static str],
    has_resources: bool,
    /// Whether the tool puts a module of its own around a machine's, which then is read after the network's others.
    wraps_machines: bool,
    /// Whether a machine may be a list of modules.
    takes_lists: bool,
    /// How strongly a machine is called by its name in the network, if it is; `dialect-options.nix` does it.
    host_name_priority: Option<i64>,
    /// Whether `defaults` stands before the machine's own modules, and not behind them.
    puts_defaults_first: bool,
    /// Whether it is left to ssh whom to log in as, where the network does not say it.
    leaves_user_to_ssh: bool,
}

/// A set of machines that only flakes have.
const OUTPUT: Customs = Customs {
    name: "",
    one_file: true,
    in_files: false,
    reserved: &[],
    ignored: &[],
    description_sets: &[],
    has_resources: false,
    wraps_machines: false,
    takes_lists: false,
    host_name_priority: None,
    puts_defaults_first: false,
    leaves_user_to_ssh: false,
};

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Dialect {
    /// Every dialect there is.
    pub const ALL: [Dialect; 5] =
        [Dialect::NixOps, Dialect::Colmena, Dialect::Morph, Dialect::DeployRs, Dialect::Nixos];

    const fn customs(self) -> &'static Customs {
        match self {
            Dialect::NixOps => &nixops::CUSTOMS,
            Dialect::Colmena => &colmena::CUSTOMS,
            Dialect::Morph => &morph::CUSTOMS,
            Dialect::DeployRs => &deploy_rs::CUSTOMS,
            Dialect::Nixos => &nixos::CUSTOMS,
        }
    }

    /// The dialect of a network's top level, given the first file's name.
    pub(super) fn of(eval: &mut Evaluator, tops: &[AttrsView], first_file: &str) -> Self {
        let mut tops = Tops { eval, tops };
        if colmena::is_hive(&mut tops, first_file) {
            Dialect::Colmena
        } else if morph::has_packages(&mut tops) && !nixops::is_certain(&mut tops) {
            Dialect::Morph
        } else {
            Dialect::NixOps
        }
    }

    pub fn as_str(self) -> &'static str {
        self.customs().name
    }

    /// Whether a network of it is one file.
    pub(super) fn is_one_file(self) -> bool {
        self.customs().one_file
    }

    /// Whether it stands in files, and not only among the outputs of a flake.
    pub(super) fn is_in_files(self) -> bool {
        self.customs().in_files
    }

    /// Names at the top that are no machines.
    pub fn reserved(self) -> &'static [&'static str] {
        self.customs().reserved
    }

    /// Names at the top that are silently no machines.
    pub(super) fn ignored(self) -> &'static [&'static str] {
        self.customs().ignored
    }

    /// The sets that describe the network.
    pub(super) fn description_sets(self) -> &'static [&'static str] {
        self.customs().description_sets
    }

    /// Attributes of such a set that some tool reads.
    pub fn network_attributes(self, set: &str) -> &'static [&'static str] {
        if set == "meta" { colmena::META } else { NETWORK }
    }

    /// Whether `resources` beside the machines are more than another machine.
    pub(super) fn has_resources(self) -> bool {
        self.customs().has_resources
    }

    pub(super) fn wraps_machines(self) -> bool {
        self.customs().wraps_machines
    }

    /// Whether a machine may be a list of modules.
    pub fn takes_lists(self) -> bool {
        self.customs().takes_lists
    }

    pub(super) fn host_name_priority(self) -> Option<i64> {
        self.customs().host_name_priority
    }

    pub(super) fn puts_defaults_first(self) -> bool {
        self.customs().puts_defaults_first
    }

    /// Whether it is left to ssh whom to log in as, where the network does not say it.
    pub fn leaves_user_to_ssh(self) -> bool {
        self.customs().leaves_user_to_ssh
    }
}

/// What `network` may hold, whichever of the tools reads it.
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

/// The top levels of a network's files, to recognise its dialect by.
struct Tops<'a> {
    eval: &'a mut Evaluator,
    tops: &'a [AttrsView],
}

impl Tops<'_> {
    /// The values under a name, in all files.
    fn named(&self, name: &str) -> Vec<Value> {
        let all = self.tops.iter().flat_map(|top| &top.attributes);
        all.filter(|it| self.eval.name(it.name) == name).map(|it| it.value).collect()
    }

    /// Whether a value under a name that some dialect reserves is the module of a machine that happens to be called so.
    fn is_machine(&mut self, value: Value) -> bool {
        match self.eval.kind(value) {
            Kind::Function | Kind::Path | Kind::List => true,
            Kind::Attrs => {
                OF_MACHINES.iter().any(|name| matches!(self.eval.attr_named(value, name), Ok(Some(_))))
            }
            _ => false,
        }
    }
}

/// Options of which a machine sets at least one, and that no description of a network has.
const OF_MACHINES: [&str; 4] = ["deployment", "imports", "networking", "services"];
