//! The checks: one file each, with its page, its metadata, its examples and its code.
//!
//! A check asks "is it known to be wrong?", never "is it not known to be right?": where what it reads is unknown it
//! stays silent, and says so on its page. Knows neither terminals nor formats; reads the network model and the
//! syntax trees, and nothing else.
//!
//! To add a check: write `checks/<id>.rs` (with `_` for `-`) and add two lines: `mod` below, and the name in `registry.rs`.

mod access;
mod allows;
mod always_fails;
mod assertion_will_fail;
mod baseline;
mod check;
mod conditional_recursion;
mod conflicting_definitions;
mod dependency_cycle;
mod deprecated_option;
mod deprecated_syntax;
mod duplicate_attribute;
mod failed_assertion;
mod fixes;
mod fleet_drift;
mod globs;
mod host_key_unchecked;
mod implied_dependency;
mod import_not_found;
mod infinite_recursion;
mod key_file_missing;
mod key_in_store;
mod key_name;
mod key_path_clash;
mod key_permissions;
mod key_source;
mod levels;
mod literal;
mod lockout;
mod machine_keys;
mod machine_looks_misspelt;
mod machine_name;
mod machine_value;
mod misplaced_import;
mod missing_argument;
mod missing_attribute;
mod mixed_dialects;
mod mixed_module;
mod module_used_as_network;
mod network_arguments;
mod network_overridden;
mod news;
mod nix_evaluation;
mod nixos_warning;
mod no_machines;
mod nodes_recursion;
mod option_mistake;
mod option_type;
mod option_type_mismatch;
mod page;
mod problem;
mod project;
mod registry;
mod remark;
mod renamed_option;
mod rollout;
mod root_rights;
mod running;
mod schema_source;
mod secret_files;
mod secret_in_store;
mod secret_shapes;
mod ssh_options;
mod syntax_error;
mod target_env;
mod target_host_duplicate;
mod target_host_empty;
mod target_host_format;
mod target_host_missing;
mod target_host_placeholder;
mod target_port;
mod target_user;
mod type_mismatch;
mod undefined_variable;
mod unknown_deployment_option;
mod unknown_machine;
mod unknown_network_attribute;
mod unknown_option;
mod unsafe_permissions;
mod untracked_file;
mod unused_allow;
mod unused_argument;
mod unused_binding;
mod unused_with;
mod wrong_arguments;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod fixes_tests;
#[cfg(test)]
pub(crate) mod harness;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::findings::{self, Finding};
use crate::network::{ArgumentProblemKind, InputShape, Network};
use crate::text::{FileId, Span};
use running::found_by_all;

pub use baseline::{Baseline, BaselineError, Found, Known, root_of};
pub use check::Check;
pub use fixes::{Repaired, RepairedFile, Repairs, apply, repaired};
pub use globs::Glob;
pub use levels::{LevelError, Levels};
pub use news::News;
pub use project::{Named, OptionsFrom, PROJECT_FILE, Project, project_file, read_project};
pub use registry::all;
pub use running::FoundBefore;
pub use schema_source::{OptionsError, schema_kept_at};

/// The check of this name.
pub fn find(id: &str) -> Option<&'static Check> {
    all().iter().copied().find(|check| check.id == id)
}

/// Runs every check that is on. The result is sorted; the same network gives the same list.
pub fn run(network: &Network, levels: &Levels) -> Vec<Finding> {
    run_again(network, levels, &FoundBefore::default()).0
}

/// The same, and what was found of single machines, for the next time: where only some machines have changed, the others need
/// not be looked at again.
pub fn run_again(network: &Network, levels: &Levels, before: &FoundBefore) -> (Vec<Finding>, FoundBefore) {
    let (mut found, of_machines) = found_by_all(network, levels, before);
    // A set of the library may stand where one of the user's should, and nobody repairs the library.
    found.retain(|it| !network.is_library(it.span.file));
    let hidden = findings::hidden_by(&found);
    if network.argument_problems.iter().any(|it| it.kind == ArgumentProblemKind::Missing) {
        found.retain(|it| WITHOUT_ARGUMENTS.contains(&it.id));
    }
    silence_followers(network, &mut found);
    one_each(network, &mut found);
    allows::apply(network, levels, &mut found);
    levels.apply(network.sources(), &mut found);
    findings::sort(&mut found);
    findings::hide_still(&mut found, hidden);
    (found, of_machines)
}

/// What can be said of a network whose arguments are missing: anything else may follow from that.
const WITHOUT_ARGUMENTS: [&str; 7] = [
    "duplicate-attribute",
    "missing-argument",
    "module-used-as-network",
    "network-arguments",
    "syntax-error",
    "undefined-variable",
    "unused-allow",
];

/// What only says that something is missing or of the wrong shape: after a syntax error in its file that is no news.
const OF_SHAPE: [&str; 7] = [
    "machine-looks-misspelt",
    "machine-name",
    "machine-value",
    "mixed-module",
    "module-used-as-network",
    "no-machines",
    "target-host-missing",
];

/// What may only follow from a text that is not finished: something is missing, or is not what it was meant to be. While the
/// grammar of any file is broken nobody knows.
const OF_HALF_A_TEXT: [&str; 27] = [
    "always-fails",
    "conditional-recursion",
    "conflicting-definitions",
    "dependency-cycle",
    "deprecated-option",
    "implied-dependency",
    "import-not-found",
    "infinite-recursion",
    "key-source",
    "machine-looks-misspelt",
    "machine-name",
    "machine-value",
    "misplaced-import",
    "missing-argument",
    "missing-attribute",
    "mixed-dialects",
    "mixed-module",
    "module-used-as-network",
    "no-machines",
    "option-type",
    "target-host-format",
    "target-host-missing",
    "type-mismatch",
    "unknown-deployment-option",
    "unknown-machine",
    "unknown-network-attribute",
    "wrong-arguments",
];

/// What is of no interest in a file that is something else than a network.
const OF_NETWORKS: [&str; 4] = ["network-arguments", "unused-argument", "unused-binding", "unused-with"];

/// One mistake, one finding: takes out what only follows from another finding.
fn silence_followers(network: &Network, found: &mut Vec<Finding>) {
    let broken: FxHashSet<FileId> =
        found.iter().filter(|it| it.id == syntax_error::CHECK.id).map(|it| it.span.file).collect();
    // What a file that is no network does with arguments does not matter.
    let misused: FxHashSet<FileId> = network
        .inputs
        .iter()
        .filter(|it| !matches!(it.shape, InputShape::Network | InputShape::Unknown))
        .map(|it| it.file)
        .collect();
    remark::silence(found);
    if network.syntax_errors.iter().any(|it| it.kind.is_unfinished()) {
        found.retain(|it| !OF_HALF_A_TEXT.contains(&it.id));
    }
    // Where a dependency names nobody, or leads round in a circle, the order is not known yet.
    let disordered: FxHashSet<Option<String>> = found
        .iter()
        .filter(|it| [unknown_machine::CHECK.id, dependency_cycle::CHECK.id].contains(&it.id))
        .map(|it| it.machine.clone())
        .collect();
    found.retain(|it| it.id != implied_dependency::CHECK.id || !disordered.contains(&it.machine));
    // `nodes.nobody` lacks an attribute because there is no such machine.
    // What asks for `config` too early says more than that it recurs.
    let early: Vec<Span> =
        found.iter().filter(|it| it.id == conditional_recursion::CHECK.id).map(|it| it.span).collect();
    let around = |it: &Span, at: &Span| it.file == at.file && at.start < it.end && it.start < at.end;
    found.retain(|it| it.id != infinite_recursion::CHECK.id || !early.iter().any(|at| around(&it.span, at)));
    // That there is no such machine says more than that `nodes` lacks an attribute.
    let absent: FxHashSet<Span> =
        found.iter().filter(|it| it.id == unknown_machine::CHECK.id).map(|it| it.span).collect();
    found.retain(|it| it.id != missing_attribute::CHECK.id || !absent.contains(&it.span));
    // What is no machine at all need not be a good one.
    let no_machines: FxHashSet<String> = found
        .iter()
        .filter(|it| it.id == machine_looks_misspelt::CHECK.id && !it.fixes.is_empty())
        .filter_map(|it| it.machine.clone())
        .collect();
    found.retain(|it| {
        it.id == machine_looks_misspelt::CHECK.id
            || it.machine.as_ref().is_none_or(|machine| !no_machines.contains(machine))
    });
    found.retain(|it| {
        !(OF_SHAPE.contains(&it.id) && broken.contains(&it.span.file)
            || OF_NETWORKS.contains(&it.id) && misused.contains(&it.span.file))
    });
}

/// One mistake, one finding: what several machines share, such as a mistake in `defaults`, is reported once and
/// is about none of them in particular. Where only a name is written, the value came from elsewhere: then what differs
/// by more than the machine is several mistakes.
fn one_each(network: &Network, found: &mut Vec<Finding>) {
    let mut kept: Vec<Finding> = Vec::with_capacity(found.len());
    let mut seen: FxHashMap<(&'static str, Span, String), usize> = FxHashMap::default();
    for finding in found.drain(..) {
        // What Nix says of one place may be several things.
        let words = if remark::FROM_NIX.contains(&finding.id) {
            finding.message.clone()
        } else if finding.machine.is_some() && is_name(network.sources().slice(finding.span)) {
            let machine = finding.machine.as_deref().unwrap_or_default();
            finding.message.replace(&format!("`{machine}`"), "")
        } else {
            String::new()
        };
        match seen.get(&(finding.id, finding.span, words.clone())) {
            Some(at) => {
                if kept[*at].machine != finding.machine {
                    kept[*at].machine = None;
                }
            }
            None => {
                seen.insert((finding.id, finding.span, words), kept.len());
                kept.push(finding);
            }
        }
    }
    *found = kept;
}

/// Whether a text is a variable, or an attribute selected from one.
fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "_-'.".contains(it))
}
