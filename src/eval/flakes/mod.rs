//! Flakes, as far as files on disk tell: `outputs` is called with its inputs, each read from disk where it lies there.
//!
//! Nothing is downloaded and nothing locked anew. What a flake's files would be called in the store is not known: their
//! paths are [`Like::CopyOf`] paths on disk, which the builtins that read files understand.
//!
//! # How callers use it
//! [`Evaluator::flake`] gives the set that `builtins.getFlake` of a folder gives, [`Evaluator::made_by`] tells what a
//! value of it was made with: the arguments of `nixosSystem`, the hive given to `makeHive`.

mod flake_parts;
mod inputs;
mod lock;
mod projects;
mod reference;
mod systems;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use self::lock::Lock;
use super::contexts::Element;
use super::files::Access;
use super::store::paths::split_store_path;
use super::{Evaluated, Evaluator, NativeFunction};
use crate::syntax::Sym;
use crate::system::FileKind;
use crate::value::{AttrsId, ErrorKind, Like, Reason, Stop, Unknown, UnknownId, Value};

pub(super) use reference::Reference;

/// The attributes that say where a flake came from. Which of them a flake has depends on how it was fetched.
const SOURCE_NAMES: [&str; 11] = [
    "dirtyRev",
    "dirtyShortRev",
    "lastModified",
    "lastModifiedDate",
    "narHash",
    "outPath",
    "rev",
    "revCount",
    "shortRev",
    "sourceInfo",
    "submodules",
];

/// The function that made a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Maker {
    /// `nixpkgs.lib.nixosSystem`, or NixOS' `eval-config.nix`.
    NixosSystem,
    /// `colmena.lib.makeHive`.
    ColmenaHive,
    /// `deploy-rs.lib.<system>.activate.nixos` and its neighbours.
    DeployRsActivation,
}

/// What is known about flakes in one run.
#[derive(Default)]
pub(super) struct Flakes {
    /// By folder.
    read: FxHashMap<PathBuf, Value>,
    /// Inputs by lock and number of the node.
    nodes: FxHashMap<(PathBuf, usize), Value>,
    /// Folders whose files are in the store when Nix evaluates them.
    pub(super) roots: Vec<PathBuf>,
    made: FxHashMap<AttrsId, (Maker, Value)>,
    /// Unknowns that leave a set open for certain names only.
    narrow: FxHashMap<UnknownId, &'static [&'static str]>,
    /// Unknowns that leave the outputs of a flake open, none of which begins with two underscores.
    outputs: FxHashSet<UnknownId>,
    nixos: Option<NativeFunction>,
}

impl Evaluator {
    /// What `builtins.getFlake` of a folder gives: its outputs, `inputs`, `outPath` … Each flake is evaluated once.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use nixwright::eval::{Evaluator, Maker, Settings};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::fs::write(folder.path().join("flake.nix"), r#"{ outputs = { self, nixpkgs }: {
    /// #   nixosConfigurations.web = nixpkgs.lib.nixosSystem { modules = [ { } ]; };
    /// # }; }"#).unwrap();
    /// let settings = Settings { allowed_roots: vec!["/".into()], ..Settings::default() };
    /// let mut eval = Evaluator::new(Arc::new(nixwright::system::OsFiles), settings);
    /// let flake = eval.flake(folder.path()).unwrap();
    /// let machines = eval.select(flake, "nixosConfigurations").unwrap();
    /// let web = eval.select(machines, "web").unwrap();
    /// let (maker, arguments) = eval.made_by(web).unwrap();
    /// assert_eq!(maker, Maker::NixosSystem);
    /// assert!(eval.select(arguments, "modules").is_ok());
    /// ```
    pub fn flake(&mut self, folder: &Path) -> Evaluated {
        let folder = self.resolve(folder)?;
        if let Some(known) = self.flakes.read.get(&folder) {
            return self.force(*known);
        }
        let lock = self.read_lock(&folder)?;
        let value = self.locked_flake(&folder, Arc::new(lock), None);
        self.heap.keep();
        self.flakes.read.insert(folder, value);
        self.force(value)
    }

    /// The function that made a value, and what it was called with.
    pub fn made_by(&mut self, value: Value) -> Option<(Maker, Value)> {
        match self.force(value) {
            Ok(Value::Attrs(set)) => self.flakes.made.get(&set).copied(),
            _ => None,
        }
    }

    /// Says how `nixosSystem` and NixOS' `eval-config.nix` evaluate a machine: the function gets their argument and
    /// gives the whole result. Without one, `config` and `options` are unknown.
    pub fn set_nixos_system(
        &mut self,
        function: impl Fn(&mut Evaluator, Value) -> Evaluated + Send + Sync + 'static,
    ) {
        self.flakes.nixos = Some(Arc::new(function));
    }

    /// The lock of a flake, an empty one if it has none.
    fn read_lock(&mut self, folder: &Path) -> Evaluated<Lock> {
        let path = folder.join("flake.lock");
        if !self.exists(&path)? {
            return Ok(Lock::none(folder.to_owned()));
        }
        let text = self.read_text(&path)?;
        match Lock::of_text(&text, folder.to_owned()) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => {
                let why = "its version of lock files is not known".to_owned();
                self.unknown_here(Reason::Unreadable(path, why))
            }
            Err(why) => {
                let message = format!("the lock file `{}` cannot be read: {why}", path.display());
                self.fail(ErrorKind::Invalid, None, message)
            }
        }
    }

    /// The flake in a folder, for later. `node` is its place in the lock of another flake.
    fn locked_flake(&mut self, folder: &Path, lock: Arc<Lock>, node: Option<usize>) -> Value {
        self.note_root(folder);
        let hole = self.make_hole();
        let at = node.unwrap_or(lock.root);
        let locked = lock.nodes.get(at).and_then(|it| it.locked.clone());
        let folder = folder.to_owned();
        let whole = self.make_lazy(move |this| {
            let file = folder.join("flake.nix");
            let flake = this.import(&file)?;
            let outputs = this.select(flake, "outputs")?;
            let inputs = this.flake_inputs(&lock, at, flake, outputs)?;
            let mut arguments = inputs.clone();
            arguments.retain(|(name, _)| name != "self");
            arguments.push(("self".to_owned(), hole));
            let given = this.make_attrs(arguments.iter().map(|(name, value)| (name.as_str(), *value)));
            let inputs = this.make_attrs(inputs.iter().map(|(name, value)| (name.as_str(), *value)));
            let result = this.call(outputs, given);
            let path = this.copy_of(&folder);
            let about = this.about_source(path, locked.as_ref());
            let source = this.make_partly_open(&about);
            let outputs = match result {
                Ok(value) => value,
                Err(Stop::Unknown(why)) => Value::Unknown(why),
                Err(stop) => return Err(stop),
            };
            let kind = this.make_string("flake");
            let mut own = about;
            own.extend([("_type", kind), ("inputs", inputs), ("outputs", outputs), ("sourceInfo", source)]);
            let own = this.make_partly_open(&own);
            let expr = crate::syntax::ExprId(0);
            this.update(expr, result, Ok(own))
        });
        self.fill(hole, whole);
        hole
    }

    /// Remembers that Nix has the files of a folder in the store; those that are there have that path already.
    fn note_root(&mut self, folder: &Path) {
        if !folder.starts_with("/nix/store") && !self.flakes.roots.iter().any(|it| it == folder) {
            self.flakes.roots.push(folder.to_owned());
        }
    }

    /// The path that a folder's files have in the store.
    fn copy_of(&mut self, folder: &Path) -> Value {
        if folder.starts_with("/nix/store")
            && let Some(text) = folder.to_str()
            && let Some((top, _)) = split_store_path(text)
        {
            let sym = self.symbols.intern(top);
            return Value::String(self.store_string(text, vec![Element::Path(sym)]));
        }
        let reason = Reason::StorePath(format!("`{}`", folder.display()));
        let like = Like::CopyOf(folder.to_owned());
        Value::Unknown(self.intern_unknown(Unknown { reason, span: None, because: None, like }))
    }

    /// A set with these attributes, that may have others that say where it comes from.
    fn make_partly_open(&mut self, attrs: &[(&str, Value)]) -> Value {
        let reason = Reason::Told("only Nix knows which revision a source has".to_owned());
        let open = self.add_unknown(reason, None);
        self.flakes.narrow.insert(open, &SOURCE_NAMES);
        self.make_open_attrs(attrs.iter().copied(), Some(open))
    }

    /// Whether a set that is open for this reason may have an attribute of that name.
    pub(super) fn may_have(&self, open: UnknownId, name: Sym) -> bool {
        let name = self.symbols.name(name);
        if Some(open) == self.builtins_open {
            return crate::syntax::is_builtin(name);
        }
        if self.flakes.outputs.contains(&open) && name.starts_with("__") {
            return false;
        }
        self.flakes.narrow.get(&open).is_none_or(|names| names.contains(&name))
    }

    /// Whether a set that is open for this reason may have only certain names.
    pub(super) fn is_narrow(&self, open: UnknownId) -> bool {
        Some(open) == self.builtins_open || self.flakes.narrow.contains_key(&open)
    }

    /// Whether Nix would have a path in the store, where we have it on disk. The library may compare what it sees.
    pub(super) fn is_in_flake(&self, path: &str) -> bool {
        let inside = || self.flakes.roots.iter().any(|root| Path::new(path).starts_with(root));
        !self.flakes.roots.is_empty() && inside() && !self.is_library(self.here().file)
    }

    /// Whether a path is the top of a flake, which has another name in the store.
    pub(super) fn is_flake_root(&self, path: &Path) -> bool {
        self.flakes.roots.iter().any(|root| root == path)
    }

    /// The flake that a reference to this computer names.
    pub(super) fn flake_at(&mut self, reference: &Reference, folder: &Path) -> Evaluated {
        let path = folder.join(reference.dir.as_deref().unwrap_or_default());
        let path = PathBuf::from(super::paths::canonical(&path.to_string_lossy()));
        if self.look(&path, Access::Kind)? != FileKind::Folder {
            let message = format!("`{}` is no folder with a flake", path.display());
            return self.fail(ErrorKind::File, None, message);
        }
        self.flake(&path)
    }
}
