//! What a file that should hold a network really holds: a network, the configuration of one machine, a package, …

use crate::eval::{AttrsView, Evaluator};
use crate::text::Span;
use crate::value::{Kind, Value};

use super::model::InputShape;

/// Top-level options of NixOS. A set with one of them, whose value is a set of settings, configures a machine.
const OPTION_ROOTS: [&str; 34] = [
    "boot",
    "config",
    "console",
    "containers",
    "deployment",
    "documentation",
    "environment",
    "fileSystems",
    "fonts",
    "hardware",
    "home-manager",
    "i18n",
    "imports",
    "location",
    "networking",
    "nix",
    "nixpkgs",
    "options",
    "power",
    "powerManagement",
    "programs",
    "sdImage",
    "security",
    "services",
    "sops",
    "sound",
    "specialisation",
    "swapDevices",
    "system",
    "systemd",
    "time",
    "users",
    "virtualisation",
    "zramSwap",
];

/// Names that only the outputs of a flake have.
const OUTPUTS: [&str; 4] = ["nixosConfigurations", "nixosModules", "colmenaHive", "nixopsConfigurations"];

/// Names that say for certain that the file is a network.
const NETWORK_NAMES: [&str; 4] = ["network", "meta", "defaults", "resources"];

/// The shape of a top-level value that is no function any more.
pub(super) fn shape(eval: &mut Evaluator, top: Value, at: Span) -> InputShape {
    let view = match eval.kind(top) {
        Kind::Attrs => match eval.attrs(top) {
            Ok(view) => view,
            Err(_) => return InputShape::Unknown,
        },
        Kind::Unknown | Kind::Error => return InputShape::Unknown,
        other => return InputShape::Other { what: other.with_article(), at },
    };
    if view.attributes.is_empty() && view.open.is_none() {
        return InputShape::EmptySet { at };
    }
    let is_package = view.attributes.iter().find(|it| eval.name(it.name) == "type").copied();
    if let Some(kind) = is_package
        && eval.string(kind.value).is_ok_and(|it| it == "derivation")
    {
        return InputShape::Package { at };
    }
    let has = |name: &str| view.attributes.iter().any(|it| eval.name(it.name) == name);
    if OUTPUTS.into_iter().any(has) {
        return InputShape::Other { what: "a set of outputs, as flakes have them", at };
    }
    module_attribute(eval, &view).unwrap_or(InputShape::Network)
}

/// The attribute that makes a set the configuration of a machine.
fn module_attribute(eval: &mut Evaluator, view: &AttrsView) -> Option<InputShape> {
    let named = |eval: &Evaluator, names: &[&str]| {
        view.attributes.iter().filter(|it| names.contains(&eval.name(it.name))).copied().collect::<Vec<_>>()
    };
    if !named(eval, &NETWORK_NAMES).is_empty() {
        return None;
    }
    for attribute in named(eval, &OPTION_ROOTS) {
        let name = eval.name(attribute.name).to_owned();
        let is_setting = match eval.kind(attribute.value) {
            // `imports` is a list; so is `swapDevices`.
            Kind::List => matches!(name.as_str(), "imports" | "swapDevices"),
            // A machine that happens to be called so has something that only machines have.
            Kind::Attrs => eval.attrs(attribute.value).is_ok_and(|inside| {
                !inside
                    .attributes
                    .iter()
                    .any(|it| matches!(eval.name(it.name), "deployment" | "imports" | "networking"))
            }),
            _ => false,
        };
        if is_setting && let Some(at) = attribute.defined {
            return Some(InputShape::Module { attribute: name, at });
        }
    }
    None
}

/// Arguments that nothing but a function for packages takes.
const OF_PACKAGES: [&str; 12] = [
    "buildGoModule",
    "buildNpmPackage",
    "buildPythonPackage",
    "callPackage",
    "fetchFromGitHub",
    "fetchgit",
    "fetchurl",
    "mkDerivation",
    "python3Packages",
    "rustPlatform",
    "stdenv",
    "stdenvNoCC",
];

/// What a function is, from the arguments that nobody gives it; `None` where it may well be a network.
pub(super) fn function_shape(missing: &[String], at: Span) -> Option<InputShape> {
    let takes = |names: &[&str]| missing.iter().find(|it| names.contains(&it.as_str())).cloned();
    if takes(&OF_PACKAGES).is_some() {
        return Some(InputShape::Package { at });
    }
    takes(&["config", "modulesPath"]).map(|argument| InputShape::ModuleFunction { argument, at })
}
