//! Projects that many flakes use, so far as their outputs decide what a network is: nixpkgs, flake-utils, flake-parts,
//! colmena, deploy-rs, flake-compat. All else that they give is unknown.
//!
//! What needs no knowledge of the evaluator is Nix beside this file; the words are our own.

use std::path::{Path, PathBuf};

use super::reference::SYSTEMS;
use super::{Maker, inputs};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Project, Reason, Stop, UnknownId, Value};

/// The folder the Nix files beside this one seem to lie in.
const FOLDER: &str = "/nixwright-flakes";

const FLAKE_UTILS: &str = include_str!("flake-utils.nix");
pub(super) const FLAKE_PARTS: &str = include_str!("flake-parts.nix");

/// What the functions of deploy-rs that make something to activate are called.
const ACTIVATIONS: [&str; 4] = ["nixos", "home-manager", "darwin", "noop"];

/// What `makeHive` gives, in one version of colmena or another.
const HIVE_NAMES: [&str; 11] = [
    "__schema",
    "deploymentConfig",
    "deploymentConfigSelected",
    "evalAll",
    "evalSelected",
    "evalSelectedDrvPaths",
    "introspect",
    "metaConfig",
    "nodes",
    "processFlake",
    "toplevel",
];

impl Evaluator {
    /// What a project gives besides where it comes from. `systems` is the input of that name that it has, `open` why
    /// there may be more.
    pub(super) fn project_outputs(
        &mut self,
        project: Project,
        systems: Option<Project>,
        open: UnknownId,
    ) -> Vec<(&'static str, Value)> {
        match project {
            Project::Nixpkgs => {
                let lib = self.make_lazy(|this| {
                    let lib = this.lib();
                    this.flake_lib(lib, None)
                });
                let systems = self.systems_list("default-linux");
                let packages = self.make_lazy(move |this| this.packages_by_system(systems, open));
                vec![("lib", lib), ("legacyPackages", packages)]
            }
            Project::FlakeUtils => {
                let systems = match systems {
                    Some(Project::Systems(name)) => self.systems_list(name),
                    _ => self.systems_list("default"),
                };
                let lib = self.make_lazy(move |this| {
                    let function = this.flake_file("flake-utils.nix", FLAKE_UTILS)?;
                    let systems_by_name = this.open_systems(open);
                    let unknown = Value::Unknown(open);
                    let given = this.make_attrs([
                        ("systems", systems),
                        ("unknown", unknown),
                        ("systemsByName", systems_by_name),
                    ]);
                    this.opened_project(function, given, open)
                });
                vec![("lib", lib)]
            }
            Project::FlakeParts => {
                let lib = self.make_lazy(move |this| this.flake_parts_lib(open));
                let names = ["bundlers", "easyOverlay", "flakeModules", "modules", "partitions"];
                vec![("lib", lib), ("flakeModules", self.tool_modules(&names, open))]
            }
            Project::Tools => {
                let modules = self.tool_modules(&["default", "home-manager"], open);
                vec![("flakeModule", self.make_select(modules, "default")), ("flakeModules", modules)]
            }
            Project::Colmena => {
                let narrow = self.unknown_because(Reason::NeedsNixpkgs("makeHive".to_owned()), None, open);
                self.flakes.narrow.insert(narrow, &HIVE_NAMES);
                let make = self.make_maker("makeHive", Maker::ColmenaHive, narrow);
                let lib = self.make_open_attrs([("makeHive", make)], Some(open));
                vec![("lib", lib)]
            }
            Project::DeployRs => {
                let lib = self.deploy_rs_lib(open);
                vec![("lib", lib)]
            }
            Project::FlakeCompat | Project::Systems(_) => Vec::new(),
        }
    }

    /// What `import` of a project's folder gives, if it is known.
    pub(in crate::eval) fn import_project(&mut self, project: Project, why: UnknownId) -> Evaluated {
        match project {
            Project::Systems(name) => Ok(self.systems_list(name)),
            Project::FlakeCompat => {
                Ok(self.make_native("flake-compat", move |this, given| this.flake_compat(given, why)))
            }
            _ => Err(Stop::Unknown(why)),
        }
    }

    fn systems_list(&mut self, name: &str) -> Value {
        let names = SYSTEMS.iter().find(|(it, _)| *it == name).map_or(&[][..], |(_, names)| names);
        let names: Vec<Value> = names.iter().map(|it| self.make_string(it)).collect();
        self.make_list(&names)
    }

    fn open_systems(&mut self, open: UnknownId) -> Value {
        let names = SYSTEMS[0].1;
        let all: Vec<(&str, Value)> = names.iter().map(|it| (*it, self.make_string(it))).collect();
        self.make_open_attrs(all, Some(open))
    }

    /// `legacyPackages`: the package set of each system.
    fn packages_by_system(&mut self, _systems: Value, open: UnknownId) -> Evaluated {
        let span = self.unknown(open).span;
        let names = SYSTEMS[0].1;
        let all: Vec<(&str, Value)> =
            names.iter().map(|it| (*it, self.make_lazy(move |this| Ok(this.make_pkgs(span))))).collect();
        Ok(self.make_open_attrs(all, Some(open)))
    }

    /// nixpkgs from a folder, for a flake, without its `flake.nix`.
    pub(super) fn nixpkgs_flake_on_disk(&mut self, folder: &Path) -> Value {
        let open = self.add_unknown(Reason::NeedsNixpkgs("the flake of nixpkgs".to_owned()), None);
        let of_lib = folder.to_owned();
        let lib = self.make_lazy(move |this| {
            let lib = this.import(&of_lib.join("lib"))?;
            this.flake_lib(lib, Some(of_lib.clone()))
        });
        let names = SYSTEMS[0].1;
        let packages: Vec<(&str, Value)> = names
            .iter()
            .map(|system| {
                let folder = folder.to_owned();
                let packages = self.make_lazy(move |this| {
                    let function = this.import(&folder)?;
                    let name = this.make_string(system);
                    let given = this.make_attrs([("system", name)]);
                    this.call(function, given)
                });
                (*system, packages)
            })
            .collect();
        let packages = self.make_open_attrs(packages, Some(open));
        let path = self.copy_of(folder);
        self.make_open_attrs([("lib", lib), ("legacyPackages", packages), ("outPath", path)], Some(open))
    }

    /// The library as the flake of nixpkgs gives it: with `nixosSystem`.
    fn flake_lib(&mut self, lib: Value, nixpkgs: Option<PathBuf>) -> Evaluated {
        let system = self.make_native("nixosSystem", move |this, given| {
            this.nixos_system(given, nixpkgs.as_deref(), true)
        });
        let more = self.make_attrs([("nixosSystem", system)]);
        let lib = self.force(lib)?;
        self.update(crate::syntax::ExprId(0), Ok(lib), Ok(more))
    }

    /// A Nix file beside this one: the value that it is.
    pub(super) fn flake_file(&mut self, name: &str, text: &'static str) -> Evaluated {
        let path = Path::new(FOLDER).join(name);
        if let Some(known) = self.imports.get(&path) {
            return self.force(*known);
        }
        let file = self.sources.add(path.clone(), text);
        let value = self.load(file, Path::new(FOLDER), true);
        self.imports.insert(path, value);
        self.force(value)
    }

    /// What a function gives, and that there may be more.
    pub(super) fn opened_project(&mut self, function: Value, given: Value, open: UnknownId) -> Evaluated {
        match self.call(function, given)? {
            Value::Attrs(set) => {
                let attrs = self.heap.attrs(set).to_vec();
                Ok(self.make_attrs_at(attrs, Some(open)))
            }
            other => Ok(other),
        }
    }

    /// A function whose result is unknown but for what it was made with.
    fn make_maker(&mut self, name: &str, maker: Maker, open: UnknownId) -> Value {
        self.make_native(name, move |this, given| {
            let made = this.make_open_attrs([], Some(open));
            this.note_maker(made, maker, given);
            Ok(made)
        })
    }

    pub(super) fn note_maker(&mut self, made: Value, maker: Maker, given: Value) {
        if let Value::Attrs(set) = made {
            self.heap.keep();
            self.flakes.made.insert(set, (maker, given));
        }
    }

    fn deploy_rs_lib(&mut self, open: UnknownId) -> Value {
        let mut all: Vec<(&str, Value)> = Vec::new();
        for name in ACTIVATIONS {
            all.push((name, self.make_maker(name, Maker::DeployRsActivation, open)));
        }
        let custom = self.make_native("custom", move |this, base| {
            let made = this.make_native("custom", move |this, _| {
                let made = this.make_open_attrs([], Some(open));
                this.note_maker(made, Maker::DeployRsActivation, base);
                Ok(made)
            });
            Ok(made)
        });
        all.push(("custom", custom));
        let activate = self.make_open_attrs(all, Some(open));
        let system = self.make_open_attrs([("activate", activate)], Some(open));
        let systems: Vec<(&str, Value)> = SYSTEMS[0].1.iter().map(|it| (*it, system)).collect();
        self.make_open_attrs(systems, Some(open))
    }

    /// `import flake-compat { src = ./.; }`: the flake in another dress.
    fn flake_compat(&mut self, given: Value, why: UnknownId) -> Evaluated {
        let Some(source) = self.attr_named(given, "src")? else {
            let message = "flake-compat is called without its argument `src`";
            return self.fail(crate::value::ErrorKind::MissingArgument, None, message);
        };
        let folder = self.want_path(source.value)?;
        if !self.exists(&folder.join("flake.nix"))? {
            return Err(Stop::Unknown(why));
        }
        let flake = self.make_lazy(move |this| this.flake(&folder));
        let dressed = self.make_lazy(move |this| {
            // The default package may have been added under its own name.
            let default = this.add_unknown(Reason::Impure("builtins.currentSystem".to_owned()), None);
            this.flakes.narrow.insert(default, &["default"]);
            let more = this.make_open_attrs([], Some(default));
            let flake = this.force(flake)?;
            this.update(crate::syntax::ExprId(0), Ok(flake), Ok(more))
        });
        let all = [("defaultNix", dressed), ("shellNix", dressed), ("outputs", flake)];
        let open = inputs::without_likeness(self, why);
        Ok(self.make_open_attrs(all, Some(open)))
    }
}
