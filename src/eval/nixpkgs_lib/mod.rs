//! What stands in for nixpkgs: our own `lib`, embedded, and the parts of `import <nixpkgs>` that need no packages.
//!
//! The library is written in Nix (`fixtures/nixpkgs/lib`) and evaluated lazily like any file. A nixpkgs on disk is
//! used instead of it.

mod files;
mod names;

use std::path::{Path, PathBuf};

use super::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Like, Reason, Stop, Unknown, UnknownId, Value};

/// The folder the embedded files seem to lie in; nothing on disk is ever looked for under it.
const FOLDER: &str = "/nixwright-lib";

/// The one file that every Nix brings along.
const FETCHURL: &str = "nix/fetchurl.nix";

/// Sets of the library that have more members in nixpkgs than in ours.
const GROUPS: [&str; 23] = [
    "asserts",
    "attrsets",
    "cli",
    "customisation",
    "debug",
    "fileset",
    "filesystem",
    "fixedPoints",
    "generators",
    "licenses",
    "lists",
    "maintainers",
    "meta",
    "modules",
    "options",
    "path",
    "platforms",
    "sources",
    "strings",
    "systems",
    "trivial",
    "types",
    "versions",
];

impl Evaluator {
    /// The library: of the nixpkgs on disk if there is one, else ours.
    pub fn lib(&mut self) -> Value {
        if let Some(lib) = self.lib {
            return lib;
        }
        let lib = match self.settings.nixpkgs.clone() {
            Some(nixpkgs) => self.make_lazy(move |this| this.import(&nixpkgs.join("lib"))),
            None => self.make_lazy(|this| {
                let lib = this.import_embedded(Path::new("/nixwright-lib/default.nix"))?;
                this.opened(lib, "")
            }),
        };
        self.lib = Some(lib);
        self.heap.keep();
        lib
    }

    /// The same set, but it may have more attributes: ours is a part of the library that nixpkgs has. `group` is its
    /// name in the library, or nothing for the library itself.
    fn opened(&mut self, set: Value, group: &'static str) -> Evaluated {
        let Value::Attrs(id) = set else { return Ok(set) };
        let name = if group.is_empty() { "lib".to_owned() } else { format!("lib.{group}") };
        let open = self.add_unknown(Reason::NeedsNixpkgs(name), None);
        let not_ours =
            names::NOT_OURS.iter().find(|(of, _)| *of == group).map_or(&[][..], |(_, names)| names);
        self.library_gaps.insert(open, not_ours);
        let mut attrs = self.heap.attrs(id).to_vec();
        for attr in &mut attrs {
            let found = GROUPS.iter().find(|name| group.is_empty() && **name == self.symbols.name(attr.name));
            if let Some(group) = found {
                let inner = attr.value;
                attr.value = self.make_lazy(move |this| {
                    let inner = this.force(inner)?;
                    this.opened(inner, group)
                });
            } else if group.is_empty() && self.symbols.name(attr.name) == "extend" {
                attr.value = self.opened_extend(attr.value);
            }
        }
        Ok(self.make_attrs_at(attrs, Some(open)))
    }

    /// `lib.extend`, whose overlay sees a library that may have more, and which gives such a library.
    fn opened_extend(&mut self, extend: Value) -> Value {
        self.make_native("extend", move |this, overlay| {
            let opening = this.make_native("overlay", move |this, last| {
                let last = this.opened_later(last);
                Ok(this.make_native("overlay", move |this, before| {
                    let before = this.opened_later(before);
                    this.call2(overlay, last, before)
                }))
            });
            let extended = this.call(extend, opening)?;
            this.opened(extended, "")
        })
    }

    /// The whole library, opened once somebody asks for it: an overlay looks at it before all of it is there.
    fn opened_later(&mut self, lib: Value) -> Value {
        self.make_lazy(move |this| {
            let lib = this.force(lib)?;
            this.opened(lib, "")
        })
    }

    /// Whether a set is open only because ours is a part of a library, and no release of that library has the name.
    pub(super) fn no_library_has(&self, open: UnknownId, name: Sym) -> bool {
        self.library_gaps.get(&open).is_some_and(|names| !names.contains(&self.symbols.name(name)))
    }

    /// A file of the embedded library, if the path is one.
    pub(super) fn embedded(path: &str) -> Option<(PathBuf, &'static str)> {
        let name = path.strip_prefix(FOLDER)?.trim_start_matches('/');
        if name == FETCHURL {
            return Some((Path::new(FOLDER).join(name), include_str!("../store/fetchurl.nix")));
        }
        let find = |name: &str| files::FILES.iter().find(|(known, _)| *known == name);
        let (name, text) =
            find(name).or_else(|| find(format!("{name}/default.nix").trim_start_matches('/')))?;
        Some((Path::new(FOLDER).join(name), text))
    }

    /// A file that Nix brings along, by its name on the search path.
    pub(super) fn embedded_search_path(written: &str) -> Option<PathBuf> {
        (written == FETCHURL).then(|| Path::new(FOLDER).join(FETCHURL))
    }

    /// Whether a path lies where the embedded library seems to.
    pub(super) fn embedded_folder(path: &Path) -> bool {
        path.starts_with(FOLDER)
    }

    pub(super) fn import_embedded(&mut self, path: &Path) -> Evaluated {
        let Some((path, text)) = Self::embedded(&path.to_string_lossy()) else {
            return self.unknown_here(Reason::NeedsNixpkgs(path.display().to_string()));
        };
        if let Some(known) = self.imports.get(&path) {
            return self.force(*known);
        }
        let file = self.sources.add(path.clone(), text);
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let value = self.load(file, &folder, true);
        let value = self.hooked(&path, value);
        self.imports.insert(path, value);
        self.force(value)
    }

    /// `import` of a path in a nixpkgs that is not there.
    pub(super) fn import_nixpkgs(&mut self, why: UnknownId, path: &str) -> Evaluated {
        // Whoever gave it meant this one.
        if let Some(folder) = self.given_input("nixpkgs") {
            return self.import(&folder.join(path));
        }
        match path {
            "lib" | "lib/default.nix" => {
                let lib = self.lib();
                self.force(lib)
            }
            "" | "default.nix" => {
                let unknown = self.unknown(why).clone();
                Err(Stop::Unknown(self.intern_unknown(Unknown { like: Like::NixpkgsFunction, ..unknown })))
            }
            _ => match self.nixos_function(path) {
                Some(function) => Ok(function),
                None => {
                    let unknown = self.unknown(why).clone();
                    Err(Stop::Unknown(self.intern_unknown(Unknown { like: Like::Anything, ..unknown })))
                }
            },
        }
    }

    /// The value of a file that was just loaded. The packages of a nixpkgs on disk depend on the machine that evaluates
    /// them; where nothing is known of them, the library is all the same.
    pub(super) fn with_library(&mut self, path: &Path, value: Value) -> Value {
        let Some(folder) = path.to_str().and_then(|path| path.strip_suffix("/pkgs/top-level/impure.nix"))
        else {
            return value;
        };
        let folder = PathBuf::from(folder);
        self.make_lazy(move |this| {
            let packages = this.force(value)?;
            if !matches!(packages, Value::Lambda { .. }) {
                return Ok(packages);
            }
            let folder = folder.clone();
            Ok(this.make_native("nixpkgs", move |this, given| {
                let found = this.call(packages, given).and_then(|it| this.force(it));
                let lib = this.intern("lib");
                // Of packages that depend on a condition, it is not known either whether there is a library.
                let Err(Stop::Unknown(why)) = found.and_then(|it| this.attribute_of(it, lib)) else {
                    return found;
                };
                let (lib, path) = (folder.join("lib"), this.make_path(&folder));
                let lib = this.make_lazy(move |this| this.import(&lib));
                Ok(this.pkgs_without_packages(why, lib, path))
            }))
        })
    }

    /// The function that `import <nixpkgs>` is: its result has a known `lib`.
    pub(super) fn nixpkgs_function(&mut self, why: UnknownId) -> Value {
        let span = self.unknown(why).span;
        self.make_native("nixpkgs", move |this, _| Ok(this.make_pkgs(span)))
    }
}
