//! The inputs of a flake: from disk where they lie there, as known projects, else sets that are unknown but for what
//! the lock says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::{Lock, Locked};
use super::reference::Reference;
use crate::eval::builtins::fetch::promised;
use crate::eval::store::hash::{Algorithm, Hash};
use crate::eval::store::paths::{Ingestion, fixed_path};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Like, Project, Reason, Unknown, UnknownId, Value};

/// What an input is fetched from, and as what.
#[derive(Clone, Debug)]
struct Input {
    name: String,
    locked: Locked,
    flake: bool,
    /// Its place in the lock, if it has one.
    node: Option<usize>,
}

impl Evaluator {
    /// The inputs that `outputs` is called with, by name: those that `flake.nix` declares, and the arguments of
    /// `outputs` that it does not.
    pub(super) fn flake_inputs(
        &mut self,
        lock: &Arc<Lock>,
        node: usize,
        flake: Value,
        outputs: Value,
    ) -> Evaluated<Vec<(String, Value)>> {
        let mut declared: Vec<(String, Option<Value>)> = Vec::new();
        if let Some(inputs) = self.attr_named(flake, "inputs")? {
            for attribute in self.attrs(inputs.value)?.attributes {
                declared.push((self.name(attribute.name).to_owned(), Some(attribute.value)));
            }
        }
        for (sym, _) in self.function_arguments(outputs)?.unwrap_or_default() {
            let name = self.name(sym).to_owned();
            if name != "self" && !declared.iter().any(|(it, _)| *it == name) {
                declared.push((name, None));
            }
        }
        Ok(declared
            .into_iter()
            .map(|(name, given)| {
                let (lock, wanted) = (lock.clone(), name.clone());
                let value = self.make_lazy(move |this| this.flake_input(&lock, node, &wanted, given));
                (name, value)
            })
            .collect())
    }

    fn flake_input(&mut self, lock: &Arc<Lock>, node: usize, name: &str, given: Option<Value>) -> Evaluated {
        let declared = match given {
            Some(given) => self.declared_input(given)?,
            None => Declared::default(),
        };
        if node == lock.root
            && let Some(folder) = self.given_input(name)
        {
            return self.input_on_disk(name, &folder, declared.flake);
        }
        // What an input of an input is, the flake above may have said otherwise than its own file.
        let stale = |at: usize| node == lock.root && !declared.agrees(lock.nodes[at].original.as_ref());
        let locked = lock.input(node, name).filter(|at| declared.follows.is_some() || !stale(*at));
        if let Some(at) = locked {
            // The same input under another name, or one that follows it.
            let given = self.settings.inputs.iter().find(|(name, _)| lock.input(lock.root, name) == Some(at));
            if let Some((name, folder)) = given.cloned() {
                return self.input_on_disk(&name, &folder, lock.nodes[at].flake);
            }
            let key = (lock.folder.clone(), at);
            if let Some(known) = self.flakes.nodes.get(&key) {
                return self.force(*known);
            }
            let (shared, name) = (lock.clone(), name.to_owned());
            let value = self.make_lazy(move |this| this.locked_input(&shared, at, &name));
            self.heap.keep();
            self.flakes.nodes.insert(key, value);
            return self.force(value);
        }
        if let Some(path) = declared.follows {
            let path: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
            if let [first] = path[..]
                && node == lock.root
                && first != name
            {
                let whole = self.import(&lock.folder.join("flake.nix"))?;
                let given = match self.attr_named(whole, "inputs")? {
                    Some(inputs) => self.attr_named(inputs.value, first)?.map(|it| it.value),
                    None => None,
                };
                return self.flake_input(lock, node, first, given);
            }
        }
        let reference = declared.reference.unwrap_or_else(|| Reference::of_text(name));
        if let Some(path) = reference.path.clone().filter(|_| reference.rev.is_none()) {
            let folder = lock.folder.join(path);
            return self.input_at(name, &reference, &folder, declared.flake);
        }
        let locked = Locked { reference, ..Locked::default() };
        self.absent_input(lock, &Input { name: name.to_owned(), locked, flake: declared.flake, node: None })
    }

    /// What `flake.nix` says about an input.
    fn declared_input(&mut self, given: Value) -> Evaluated<Declared> {
        let mut declared = Declared::default();
        let view = self.attrs(given)?;
        let mut texts: Vec<(String, String)> = Vec::new();
        for attribute in view.attributes {
            let name = self.name(attribute.name).to_owned();
            match self.force(attribute.value) {
                Ok(Value::String(id)) => texts.push((name, self.text(id))),
                Ok(Value::Path(id)) => texts.push((name, self.text(id))),
                Ok(Value::Bool(flake)) if name == "flake" => declared.flake = flake,
                _ => {}
            }
        }
        let get = |name: &str| texts.iter().find(|(it, _)| it == name).map(|(_, text)| text.clone());
        declared.follows = get("follows");
        declared.reference = match get("type") {
            Some(_) => Some(Reference::of_attributes(get)),
            None => get("url").map(|it| Reference::of_text(&it)),
        };
        Ok(declared)
    }

    /// The folder that the caller gave for an input.
    pub(in crate::eval) fn given_input(&self, name: &str) -> Option<PathBuf> {
        self.settings.inputs.iter().find(|(it, _)| it == name).map(|(_, path)| path.clone())
    }

    /// An input whose files lie in a folder, under its own lock.
    fn input_on_disk(&mut self, name: &str, folder: &Path, flake: bool) -> Evaluated {
        if flake && self.exists(&folder.join("flake.nix"))? {
            return self.flake(folder);
        }
        if flake && Reference::of_text(name).project() == Some(Project::Nixpkgs) {
            return Ok(self.nixpkgs_flake_on_disk(folder));
        }
        self.plain_source(folder, None)
    }

    fn input_at(&mut self, name: &str, reference: &Reference, folder: &Path, flake: bool) -> Evaluated {
        if flake {
            return self.flake_at(reference, folder);
        }
        let folder = PathBuf::from(crate::eval::paths::canonical(&folder.to_string_lossy()));
        self.input_on_disk(name, &folder, false)
    }

    /// Files that are no flake.
    fn plain_source(&mut self, folder: &Path, locked: Option<&Locked>) -> Evaluated {
        let folder = self.resolve(folder)?;
        self.note_root(&folder);
        let path = self.copy_of(&folder);
        let about = self.about_source(path, locked);
        Ok(self.make_partly_open(&about))
    }

    /// An input that the lock knows.
    fn locked_input(&mut self, lock: &Arc<Lock>, at: usize, name: &str) -> Evaluated {
        let node = &lock.nodes[at];
        let Some(locked) = node.locked.clone() else {
            return self.unknown_here(Reason::Input(name.to_owned(), String::new()));
        };
        let reference = locked.reference.clone();
        if let Some(folder) = self.folder_of_input(lock, at, &locked)? {
            let inner = folder.join(reference.dir.as_deref().unwrap_or_default());
            if !node.flake {
                return self.plain_source(&folder, Some(&locked));
            }
            let flake = self.locked_flake(&inner, lock.clone(), Some(at));
            return self.force(flake);
        }
        let input = Input { name: name.to_owned(), locked, flake: node.flake, node: Some(at) };
        self.absent_input(lock, &input)
    }

    /// Where the files of a locked input are, if they are on disk.
    fn folder_of_input(&mut self, lock: &Lock, at: usize, locked: &Locked) -> Evaluated<Option<PathBuf>> {
        if let Some(path) = self.locked_store_path(locked)
            && self.exists(&path) == Ok(true)
        {
            return Ok(Some(path));
        }
        let Some(path) = &locked.reference.path else { return Ok(None) };
        if locked.reference.rev.is_some() {
            return Ok(None);
        }
        let mut from = lock.folder.clone();
        // A relative path starts at the flake that says it.
        if path.is_relative()
            && let Some(parent) = lock.at(&lock.nodes[at].parent).filter(|it| *it != lock.root && *it != at)
            && let Some(locked) = lock.nodes[parent].locked.clone()
            && let Some(folder) = self.folder_of_input(lock, parent, &locked)?
        {
            from = folder;
        }
        let path = PathBuf::from(crate::eval::paths::canonical(&from.join(path).to_string_lossy()));
        // What lies outside is as good as not there.
        Ok(match self.exists(&path) {
            Ok(true) => Some(path),
            _ => None,
        })
    }

    /// The path in the store of what has this hash.
    fn locked_store_path(&self, locked: &Locked) -> Option<PathBuf> {
        let hash = Hash::parse(locked.nar_hash.as_deref()?, Some(Algorithm::Sha256)).ok()?;
        Some(PathBuf::from(fixed_path(Ingestion::Recursive, &hash, "source")))
    }

    /// The path of what would be downloaded.
    fn promised_source(&mut self, locked: &Locked, why: UnknownId) -> Value {
        let hash = locked.nar_hash.as_deref().and_then(|it| Hash::parse(it, Some(Algorithm::Sha256)).ok());
        match hash {
            Some(hash) if locked.reference.dir.is_none() => {
                promised(self, Ingestion::Recursive, &hash, "source", why)
            }
            _ => Value::Unknown(why),
        }
    }

    /// What is known of an input that is not on disk.
    fn absent_input(&mut self, lock: &Arc<Lock>, input: &Input) -> Evaluated {
        let reason = Reason::Input(input.name.clone(), input.locked.reference.shown.clone());
        let project = input.locked.reference.project();
        let like = match project {
            Some(Project::Nixpkgs) => Like::NixpkgsPath(String::new()),
            Some(project) => Like::Project(project),
            None => Like::Anything,
        };
        let why = self.intern_unknown(Unknown { reason: reason.clone(), span: None, because: None, like });
        let path = self.promised_source(&input.locked, why);
        let about = self.about_source(path, Some(&input.locked));
        let source = self.make_partly_open(&about);
        if !input.flake {
            return Ok(source);
        }
        let open = self.add_unknown(reason, None);
        self.flakes.outputs.insert(open);
        let kind = self.make_string("flake");
        let mut all = match project {
            Some(project) => {
                let systems = input.node.and_then(|at| lock.input(at, "systems"));
                let systems = systems.and_then(|at| lock.nodes[at].locked.as_ref()?.reference.project());
                self.project_outputs(project, systems, open)
            }
            None => Vec::new(),
        };
        all.extend(about);
        all.extend([("_type", kind), ("sourceInfo", source)]);
        Ok(self.make_open_attrs(all, Some(open)))
    }

    /// The attributes that say where something comes from.
    pub(super) fn about_source(
        &mut self,
        path: Value,
        locked: Option<&Locked>,
    ) -> Vec<(&'static str, Value)> {
        let mut about = vec![("outPath", path)];
        let Some(locked) = locked else { return about };
        // A flake of a folder is not of any revision, whatever the lock of another one says.
        if let Some(rev) = &locked.reference.rev {
            let short: String = rev.chars().take(7).collect();
            about.push(("rev", self.make_string(rev)));
            about.push(("shortRev", self.make_string(&short)));
        }
        if let Some(hash) = &locked.nar_hash {
            about.push(("narHash", self.make_string(hash)));
        }
        if let Some(time) = locked.last_modified {
            about.push(("lastModified", Value::Int(time)));
        }
        if let Some(count) = locked.rev_count {
            about.push(("revCount", Value::Int(count)));
        }
        about
    }

    /// `builtins.getFlake` of something that is no folder here: what it refers to would have to be downloaded.
    pub(in crate::eval) fn flake_elsewhere(&mut self, reference: Reference) -> Evaluated {
        let name = reference.repo.clone();
        let lock = Arc::new(Lock::none(PathBuf::from("/")));
        let locked = Locked { reference, ..Locked::default() };
        self.absent_input(&lock, &Input { name, locked, flake: true, node: None })
    }
}

/// An input as `flake.nix` declares it.
#[derive(Debug)]
struct Declared {
    reference: Option<Reference>,
    follows: Option<String>,
    flake: bool,
}

impl Default for Declared {
    fn default() -> Self {
        Self { reference: None, follows: None, flake: true }
    }
}

impl Declared {
    /// Whether a lock was written for what `flake.nix` says now; else Nix would lock the input anew.
    fn agrees(&self, original: Option<&Reference>) -> bool {
        let (Some(now), Some(then)) = (&self.reference, original) else { return true };
        let same = |a: &str, b: &str| a.is_empty() || b.is_empty() || a.eq_ignore_ascii_case(b);
        same(&now.repo, &then.repo)
            && same(&now.owner, &then.owner)
            && now.branch == then.branch
            && now.rev == then.rev
    }
}

/// The same reason, for something that is not the project itself.
pub(super) fn without_likeness(this: &mut Evaluator, why: UnknownId) -> UnknownId {
    let unknown = Unknown { like: Like::Anything, ..this.unknown(why).clone() };
    this.intern_unknown(unknown)
}
