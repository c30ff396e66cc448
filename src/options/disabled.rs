//! `disabledModules`: which modules are left out although something imports them. Decides nothing of their contents.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::eval::{Evaluated, Evaluator};
use crate::value::{Kind, Like, Stop, UnknownId, Value};

/// The modules that any module disables.
#[derive(Default)]
pub(super) struct Disabled {
    keys: FxHashSet<String>,
    /// Why any module that has a key may be disabled.
    doubt: Option<UnknownId>,
}

impl Disabled {
    /// From all lists of a machine's modules, those of disabled modules included.
    pub(super) fn of(eval: &mut Evaluator, lists: &[Value]) -> Self {
        let mut disabled = Self::default();
        for list in lists {
            match eval.list(*list) {
                Ok(view) => {
                    for item in view.items {
                        let key = key(eval, item);
                        disabled.add(eval, key);
                    }
                    disabled.doubt = disabled.doubt.or(view.open);
                }
                Err(stop) => disabled.add(eval, Err(stop)),
            }
        }
        disabled
    }

    fn add(&mut self, eval: &Evaluator, key: Evaluated<Option<String>>) {
        match key {
            Ok(key) => self.keys.extend(key),
            // NixOS' own modules are not read, so that it does not matter which of them it is.
            Err(stop) if module_of_nixos(eval, stop).is_some() => {}
            Err(Stop::Unknown(why)) => self.doubt = self.doubt.or(Some(why)),
            // Then there is no machine of which something could be said wrongly.
            Err(Stop::Error(_)) => {}
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Whether some modules with keys are seen differently than without this.
    pub(super) fn concerns(&self, keys: &[String]) -> bool {
        !keys.is_empty() && (self.doubt.is_some() || keys.iter().any(|key| self.has(key)))
    }

    pub(super) fn doubt(&self) -> Option<UnknownId> {
        self.doubt
    }
}

/// What a module is known by; `None` for names below NixOS' own folder.
fn key(eval: &mut Evaluator, item: Value) -> Evaluated<Option<String>> {
    let item = eval.force(item)?;
    let named = match eval.kind(item) {
        Kind::Attrs => eval.attr_named(item, "key")?.map_or(item, |key| key.value),
        _ => item,
    };
    let text = eval.to_text(named)?;
    let text = eval.string(text)?;
    let is_name = eval.kind(item) == Kind::String && !text.starts_with('/');
    Ok((!is_name).then_some(text))
}

/// The path of one of NixOS' own modules below their folder. They say nothing about deployments: that they are not at hand
/// leaves no gap.
pub(super) fn module_of_nixos(eval: &Evaluator, stop: Stop) -> Option<Arc<str>> {
    match stop {
        Stop::Unknown(id) => match &eval.unknown(id).like {
            Like::NixpkgsPath(path) => path.strip_prefix("nixos/modules/").map(Arc::from),
            _ => None,
        },
        Stop::Error(_) => None,
    }
}

/// The same of a file, where nixpkgs is at hand.
pub(super) fn file_of_nixos(eval: &Evaluator, path: &Path) -> Option<Arc<str>> {
    let nixpkgs = eval.settings().nixpkgs.as_ref()?;
    let path = path.strip_prefix(nixpkgs.join("nixos")).ok()?;
    Some(path.strip_prefix("modules").unwrap_or(path).to_string_lossy().into())
}

/// Modules of NixOS that machines import by themselves, and that only set options that every machine has.
const ONLY_SETTINGS: [&str; 9] = [
    "installer/scan/detected.nix",
    "installer/scan/not-detected.nix",
    "profiles/base.nix",
    "profiles/demo.nix",
    "profiles/graphical.nix",
    "profiles/hardened.nix",
    "profiles/headless.nix",
    "profiles/minimal.nix",
    "profiles/qemu-guest.nix",
];

/// Whether a module of NixOS, by its path below their folder, may declare options that not every machine has.
pub(super) fn may_declare(path: &str) -> bool {
    !ONLY_SETTINGS.contains(&path)
}
