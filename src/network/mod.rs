//! One typed model of a network, whatever it was written in.
//!
//! [`Network::load`] reads files and evaluates as much as can be known without Nix; what comes out is plain data.
//! Judges nothing (that is `checks`) and starts nothing.

mod absent;
mod account;
mod again;
mod arguments;
mod assemble;
mod dialects;
mod fit;
mod flakes;
mod git_index;
mod health;
mod host;
mod ignored;
mod input;
mod keys;
mod known;
mod load;
mod machine;
mod machine_name;
mod model;
mod needs;
mod nixos;
mod nixpkgs;
mod parts;
mod problems;
mod reads;
mod references;
mod remarks;
mod remembered;
mod request;
mod rollout;
mod roots;
pub mod selectors;
mod settings;
mod shape;
mod suggest;
mod verify;

use std::sync::OnceLock;

use crate::options::{self, OptionDeclaration, OptionNode, OptionType, Options};

pub use crate::options::{
    Definition, Entry, Gap, ModuleMistake, ModuleMistakeKind, Origin, PLAIN_PRIORITY, Plain, PlainKind,
};
pub use absent::{MissingKey, UntrackedFile};
pub use account::{Account, priority_name, without_secrets};
pub use arguments::{Argument, Arguments, nix_string};
pub use dialects::Dialect;
pub use health::{HealthCheck, HealthQuestion};
pub use host::{HostProblem, host_problem, placeholder};
pub use input::{LoadError, NAMES, nearest_network, network_file, readable};
pub use keys::{Key, KeyError, KeySource, UploadAt};
pub use machine::{Machine, MachineSource, ModuleKind, Setting, Waits};
pub use machine_name::MachineName;
pub use model::{
    ArgumentProblem, ArgumentProblemKind, Attribute, Input, InputShape, Network, Problem, ProblemKind,
    Resource, TakenArgument, grouped,
};
pub use needs::{Dependency, Needs, Selected};
pub use nixos::{NixosList, NixosSettings, is_password};
pub use nixpkgs::schema_names;
pub use reads::{Read, ReadShape, Whose};
pub use references::Reference;
pub use remarks::{Frame, Position, Remark, RemarkKind, Told};
pub use remembered::Remembered;
pub use request::Request;
pub use rollout::{OnFailure, RolloutError, RolloutSettings, StageConflict, stage_of_each};
pub use settings::{DeploymentSettings, HookPlaces, HookSettings, Reboot};
pub use suggest::{did_you_mean, nearest};
pub use verify::{Difference, Facts, Verification};

/// The NixOS module that declares every option of `deployment`.
pub const DEPLOYMENT_OPTIONS: &str = include_str!("deployment-options.nix");

/// The function that makes of it the module of one dialect, in which other defaults hold.
pub const DIALECT_OPTIONS: &str = include_str!("dialect-options.nix");

/// The options of all dialects as data, and the few other options whose values matter here. Read once per process, when first asked for.
pub fn deployment_options() -> &'static Options {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let mut options = options::read_schema(DEPLOYMENT_OPTIONS);
        options.partial = true;
        if let Some(OptionNode::Group(networking)) = options.options.get_mut("networking") {
            networking.partial = true;
            let more =
                [("hostName", OptionType::Str), ("domain", OptionType::NullOr(Box::new(OptionType::Str)))];
            for (name, ty) in more {
                let option = OptionDeclaration { ty, ..OptionDeclaration::default() };
                networking.options.insert(name.into(), OptionNode::Option(option));
            }
        }
        options
    })
}
