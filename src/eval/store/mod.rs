//! The store as far as it can be computed: which paths would be in it, what they refer to, and what is in them where
//! evaluation says so. Writes nothing, and looks into the real store only through the evaluator's files.

pub(in crate::eval) mod archive;
pub(in crate::eval) mod derivation;
pub(in crate::eval) mod encodings;
pub(in crate::eval) mod hash;
pub(in crate::eval) mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::budget::HASHED_IN_A_STEP;
use super::contexts::{ContextId, Element};
use super::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{ErrorKind, Reason, Stop, StringId, UnknownId};
use derivation::{Derivation, Modulo};
use paths::{BadName, Ingestion};

/// What evaluation has put into the store so far, or would have.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// What paths became that were copied as they are.
    copied: FxHashMap<PathBuf, Result<Sym, UnknownId>>,
    /// Where the files of such copies are.
    originals: FxHashMap<Sym, PathBuf>,
    derivations: FxHashMap<Sym, Instantiated>,
    texts: FxHashMap<Sym, TextFile>,
    /// Paths that refer to no others: copies of files.
    sources: FxHashSet<Sym>,
    /// What would be downloaded, and is not there.
    fetched: FxHashMap<Sym, UnknownId>,
}

#[derive(Debug)]
struct Instantiated {
    modulo: Modulo,
    outputs: Vec<Sym>,
    /// The derivations and sources it refers to.
    references: Vec<Sym>,
}

#[derive(Debug)]
struct TextFile {
    bytes: Arc<[u8]>,
    references: Vec<Sym>,
}

/// What following a reference from one path of the store to another one costs, in steps.
const STEPS_PER_REFERENCE: usize = 16;

/// What a derivation needs: outputs of others, and sources.
pub(super) type Needs = (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>);

impl Evaluator {
    /// A string that names a store path and refers to something in the store.
    pub(super) fn store_string(&mut self, text: impl AsRef<[u8]>, elements: Vec<Element>) -> StringId {
        let id = self.heap.string(text);
        let context = self.heap.contexts.intern(elements);
        self.heap.contexts.set(id, context);
        id
    }

    /// Checks a name that is to be part of a store path.
    pub(super) fn checked_name(&mut self, name: &str) -> Evaluated<()> {
        match paths::check_name(name) {
            Ok(()) => Ok(()),
            Err(BadName::Wrong(message)) => self.fail(ErrorKind::Invalid, None, message),
            Err(BadName::Disputed) => self.unknown_here(Reason::StorePath(format!("`{name}`"))),
        }
    }

    /// The store path of a path that is used as a string, which Nix copies as it is.
    pub(super) fn copied(&mut self, path: &str) -> Evaluated<StringId> {
        let key = PathBuf::from(path);
        let known = match self.store.copied.get(&key) {
            Some(known) => *known,
            None => {
                let made = match self.copy(&key) {
                    Ok(sym) => Ok(sym),
                    Err(Stop::Unknown(why)) if self.unknown(why).reason != Reason::Fuel => Err(why),
                    Err(stop) => return Err(stop),
                };
                self.store.copied.insert(key, made);
                made
            }
        };
        let sym = known.map_err(Stop::Unknown)?;
        let text = self.symbols.shared(sym);
        Ok(self.store_string(text.as_bytes(), vec![Element::Path(sym)]))
    }

    fn copy(&mut self, path: &Path) -> Evaluated<Sym> {
        let text = path.to_string_lossy();
        let name = super::paths::base_name(&text).to_owned();
        if name.ends_with(".drv") {
            let message =
                format!("the file `{text}` cannot be copied into the store: its name ends in `.drv`");
            return self.fail(ErrorKind::Invalid, None, message);
        }
        self.copied_as_is(path)?;
        let hash = self.archive_hash(path, None)?;
        self.checked_name(&name)?;
        let sym = self.add_source(&paths::fixed_path(Ingestion::Recursive, &hash, &name));
        self.store.originals.insert(sym, path.to_owned());
        Ok(sym)
    }

    /// Where a file can be read: a copy of files is like the files. For questions whose answer does not tell where
    /// the file lies.
    pub(super) fn original(&self, path: PathBuf) -> PathBuf {
        let found = path.to_str().and_then(paths::split_store_path).and_then(|(top, rest)| {
            let original = self.store.originals.get(&self.symbols.find(top)?)?;
            Some(original.join(rest.trim_start_matches('/')))
        });
        match found {
            // A folder named with a slash behind it is itself.
            Some(original) => original.components().collect(),
            None => path,
        }
    }

    /// Whether the content of a path is what Nix will find there. What lies in the folder of a flake is copied before
    /// anything is evaluated, without the files that git does not know, and has another name then.
    pub(super) fn copied_as_is(&mut self, path: &Path) -> Evaluated<()> {
        if Self::embedded_folder(path) {
            return self.unknown_here(Reason::NeedsNixpkgs(path.display().to_string()));
        }
        // Its top folder may have another name for those who use it.
        if self.settings.nixpkgs.as_deref() == Some(path)
            || self.flakes.roots.iter().any(|folder| path.starts_with(folder))
        {
            return self.unknown_here(Reason::StorePath(format!("`{}`", path.display())));
        }
        Ok(())
    }

    /// Says that a store path holds a copy of files, which refers to nothing.
    pub(super) fn add_source(&mut self, path: &str) -> Sym {
        let sym = self.symbols.intern(path);
        self.store.sources.insert(sym);
        sym
    }

    /// Puts a text into the store.
    pub(super) fn add_text(&mut self, name: &str, bytes: &[u8], references: BTreeSet<String>) -> Sym {
        let path = paths::text_path(bytes, name, references.iter().map(String::as_str));
        let sym = self.symbols.intern(&path);
        let references = references.iter().map(|path| self.symbols.intern(path)).collect();
        self.store.texts.insert(sym, TextFile { bytes: bytes.into(), references });
        sym
    }

    /// The text that evaluation put at a path.
    pub(super) fn text_in_store(&self, path: &Path) -> Option<Arc<[u8]>> {
        if self.store.texts.is_empty() {
            return None;
        }
        let sym = self.symbols.find(path.to_str()?)?;
        self.store.texts.get(&sym).map(|text| text.bytes.clone())
    }

    /// Says that a store path would have to be downloaded.
    pub(super) fn add_fetched(&mut self, path: &str, why: UnknownId) -> Sym {
        let sym = self.symbols.intern(path);
        self.store.fetched.insert(sym, why);
        sym
    }

    /// Why nothing can be read at a path in the store: what it lies in is not there yet.
    pub(super) fn absent_from_store(&mut self, path: &Path) -> Option<UnknownId> {
        let (top, rest) = paths::split_store_path(path.to_str()?)?;
        match self.files.kind_of_link(Path::new(top)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => return None,
        }
        if let Some(why) = self.symbols.find(top).and_then(|sym| self.store.fetched.get(&sym)) {
            let why = *why;
            return Some(self.place_below(why, rest));
        }
        let span = Some(self.here());
        Some(self.add_unknown(Reason::NotBuilt(top.to_owned()), span))
    }

    /// What a string needs of the store.
    pub(super) fn needs(&mut self, context: ContextId) -> Evaluated<Needs> {
        let mut inputs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut sources: BTreeSet<String> = BTreeSet::new();
        let elements = self.heap.contexts.elements(context).to_vec();
        self.pay(elements.len() * STEPS_PER_REFERENCE)?;
        for element in elements {
            match element {
                Element::Path(path) => {
                    sources.insert(self.symbols.name(path).to_owned());
                }
                Element::Built { derivation, output } => {
                    let output = self.symbols.name(output).to_owned();
                    inputs.entry(self.symbols.name(derivation).to_owned()).or_default().insert(output);
                }
                Element::Deep(derivation) => self.closure_of(derivation, &mut inputs, &mut sources)?,
                Element::Unsure(why) => return Err(Stop::Unknown(why)),
            }
        }
        Ok((inputs, sources))
    }

    /// A derivation and everything it refers to, as what is needed.
    fn closure_of(
        &mut self,
        derivation: Sym,
        inputs: &mut BTreeMap<String, BTreeSet<String>>,
        sources: &mut BTreeSet<String>,
    ) -> Evaluated<()> {
        let mut work = vec![derivation];
        let mut seen = FxHashSet::default();
        while let Some(path) = work.pop() {
            if !seen.insert(path) {
                continue;
            }
            self.pay(STEPS_PER_REFERENCE)?;
            let text = self.symbols.name(path).to_owned();
            if let Some(known) = self.store.derivations.get(&path) {
                let outputs = known.outputs.iter().map(|name| self.symbols.name(*name).to_owned()).collect();
                inputs.insert(text.clone(), outputs);
                work.extend_from_slice(&known.references);
            } else if let Some(known) = self.store.texts.get(&path) {
                work.extend_from_slice(&known.references);
            } else if !self.store.sources.contains(&path) {
                return self.unknown_here(Reason::StorePath(format!("what `{text}` refers to")));
            }
            sources.insert(text);
        }
        Ok(())
    }

    /// Computes the paths of a derivation's outputs, unless it has fixed ones, then its own path.
    pub(super) fn instantiate(
        &mut self,
        name: &str,
        mut derivation: Derivation,
    ) -> Evaluated<(Sym, Derivation)> {
        let known = |path: &str| {
            let sym = self.symbols.find(path)?;
            self.store.derivations.get(&sym).map(|known| &known.modulo)
        };
        if let Some(missing) = derivation.inputs.keys().find(|path| known(path).is_none()) {
            let reason = Reason::StorePath(format!("what is made out of `{missing}`"));
            return self.unknown_here(reason);
        }
        if derivation.outputs.values().all(|output| output.fixed.is_none()) {
            let hash = derivation.outputs_hash(known).expect("all inputs are known");
            for (output, place) in &mut derivation.outputs {
                place.path = paths::output_path(&hash, name, output);
                derivation.environment.insert(output.clone(), place.path.clone().into_bytes());
            }
        }
        let modulo = derivation.modulo(known).expect("all inputs are known");
        let references: BTreeSet<&str> =
            derivation.inputs.keys().chain(&derivation.sources).map(String::as_str).collect();
        let text = derivation.text();
        // It was written and hashed three times.
        self.pay(3 * text.len() / HASHED_IN_A_STEP)?;
        self.heap.elsewhere += size_of::<Instantiated>() + references.len() * size_of::<Sym>();
        let path = paths::text_path(&text, &format!("{name}.drv"), references.iter().copied());
        let references = references.into_iter().map(|path| self.symbols.intern(path)).collect();
        let outputs = derivation.outputs.keys().map(|name| self.symbols.intern(name)).collect();
        let path = self.symbols.intern(&path);
        self.store.derivations.insert(path, Instantiated { modulo, outputs, references });
        Ok((path, derivation))
    }

    pub(super) fn is_derivation_path(&self, path: Sym) -> bool {
        self.symbols.name(path).ends_with(".drv")
    }
}
