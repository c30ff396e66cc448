//! From files to a [`Network`]: files are imported, functions called with the arguments, `require` followed, the sets
//! merged by name, and the modules of each machine read.
//!
//! What nixwright forces is what a deployment certainly reads: the top level, the names, the modules' structure and
//! everything under `deployment`. Nothing else is forced, so nothing else can be found wrong.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::eval::{AttrsView, Evaluator};
use crate::options::{Gap, element_places};
use crate::system::Files;
use crate::text::{FileId, Sources, Span};
use crate::value::{ErrorKind, Kind, Reason, Stop, Value};

use super::arguments::word;
use super::dialects::colmena;
use super::ignored::Absence;
use super::input::{self, LoadError};
use super::model::{ArgumentProblem, ArgumentProblemKind, Input, InputShape, Network, TakenArgument};
use super::problems::Problems;
use super::remembered::Remembered;
use super::{Dialect, Request, assemble, fit, flakes, shape};

/// Missing arguments whose own place is looked for.
const MOST_PLACED: usize = 100;

/// A file after it was read: what it evaluates to, the functions called.
pub(super) struct Top {
    pub(super) file: FileId,
    pub(super) view: AttrsView,
    /// The dialect, where the file itself says it.
    pub(super) dialect: Option<Dialect>,
    /// Arguments for the modules of single machines.
    pub(super) special: Vec<(Arc<str>, Value)>,
}

/// Everything on the way from files to the model.
pub(super) struct Loading<'a> {
    pub(super) request: &'a Request,
    pub(super) eval: Evaluator,
    pub(super) problems: Problems,
    pub(super) inputs: Vec<Input>,
    pub(super) open: Vec<Gap>,
    pub(super) taken_arguments: Vec<TakenArgument>,
    pub(super) argument_problems: Vec<ArgumentProblem>,
    tops: Vec<Top>,
    /// The arguments as values, with their names.
    arguments: Vec<(String, Value)>,
    /// Arguments that some file takes.
    taken: Vec<String>,
    any_function_takes_all: bool,
    /// Whether it is noted what machines see of each other.
    pub(super) watches: bool,
}

/// The files of the library among those that were read.
pub(super) fn library_files(eval: &Evaluator) -> Vec<FileId> {
    eval.sources().iter().map(|it| it.0).filter(|it| eval.is_library(*it)).collect()
}

impl Network {
    /// Reads a network. The user's mistakes are in the result; an error is a file that cannot be read at all.
    pub fn load(request: &Request) -> Result<Network, LoadError> {
        Ok(Self::load_as_meant(request, false)?.0)
    }

    /// The same, and what is needed to read it again where a file of only one machine has changed; nothing where that cannot be
    /// told.
    pub fn load_remembered(request: &Request) -> Result<(Network, Option<Remembered>), LoadError> {
        Self::load_as_meant(request, true)
    }

    fn load_as_meant(request: &Request, watches: bool) -> Result<(Network, Option<Remembered>), LoadError> {
        let loaded = Self::load_watched(request, watches);
        let holds_one = |it: &Network| it.inputs.iter().any(|it| it.shape == InputShape::Network);
        if let [given] = request.inputs.as_slice()
            && !loaded.as_ref().is_ok_and(|(network, _)| holds_one(network))
            && let path = request.working_folder.join(given)
            && let Some(flake) = input::flake_instead(request.files.as_ref(), &path)
            && let Ok((instead, _)) =
                Self::load_watched(&Request { inputs: vec![flake], ..request.clone() }, false)
            && holds_one(&instead)
        {
            return Ok((instead, None));
        }
        loaded
    }

    fn load_watched(request: &Request, watches: bool) -> Result<(Network, Option<Remembered>), LoadError> {
        let mut loading = Loading::new(request, Sources::default(), watches)?;
        let tops = loading.read_tops()?;
        if let Some(dialect) = request.dialect {
            fit::fits(&mut loading, &tops, dialect)?;
        }
        Ok(assemble::assemble(loading, &tops))
    }
}

impl Network {
    /// What was noticed while something that is no network was evaluated: no machines, but the same findings.
    pub fn of_evaluation(
        eval: Evaluator,
        files: Arc<dyn Files>,
        errors: &[crate::value::ErrorId],
    ) -> Network {
        let mut problems = Problems::new(files);
        for error in errors {
            problems.add(&eval, *error, None, None);
        }
        Network {
            dialect: Dialect::NixOps,
            inputs: Vec::new(),
            machines: Vec::new(),
            open: Vec::new(),
            attributes: Vec::new(),
            resources: Vec::new(),
            reads: Vec::new(),
            paths: Vec::new(),
            references: Vec::new(),
            taken_arguments: Vec::new(),
            argument_problems: Vec::new(),
            problems: problems.into_vec(),
            remarks: None,
            options_known: false,
            syntax_errors: eval.syntax_errors().to_vec(),
            allows: eval.allows().to_vec(),
            pipes: eval.pipes().to_vec(),
            conditionals: Vec::new(),
            untracked: Vec::new(),
            missing_keys: Vec::new(),
            oddities: Vec::new(),
            functions: Vec::new(),
            files: Vec::new(),
            library_files: library_files(&eval),
            sources: Arc::new(eval.sources().clone()),
            needs: OnceLock::new(),
            numbers: OnceLock::new(),
        }
    }
}

impl<'a> Loading<'a> {
    /// With the texts that are known from before, under their numbers.
    pub(super) fn new(request: &'a Request, known: Sources, watches: bool) -> Result<Self, LoadError> {
        let mut eval = Evaluator::new(request.files.clone(), request.settings());
        *eval.sources_mut() = known;
        let arguments = request.argument_values(&mut eval)?;
        crate::options::install_modules(&mut eval);
        let files = request.files.clone();
        eval.set_excuse(move |path| Absence::of(files.as_ref(), path).is_some());
        Ok(Loading {
            request,
            eval,
            problems: Problems::new(request.files.clone()),
            inputs: Vec::new(),
            open: Vec::new(),
            taken_arguments: Vec::new(),
            argument_problems: Vec::new(),
            tops: Vec::new(),
            arguments,
            taken: Vec::new(),
            any_function_takes_all: false,
            watches,
        })
    }

    /// Reads the tops of all files.
    pub(super) fn read_tops(&mut self) -> Result<Vec<Top>, LoadError> {
        self.read_files()?;
        self.unused_arguments();
        Ok(std::mem::take(&mut self.tops))
    }
}

impl Loading<'_> {
    /// The files given, then those they require: breadth first, each once.
    fn read_files(&mut self) -> Result<(), LoadError> {
        let mut waiting: VecDeque<PathBuf> = VecDeque::new();
        for given in &self.request.inputs {
            let path = self.request.working_folder.join(given);
            let path = input::network_file(self.request.files.as_ref(), &path, given)?;
            waiting.push_back(path);
        }
        while let Some(path) = waiting.pop_front() {
            let (file, value) = match self.eval.import_lazily(&path) {
                Ok(read) => read,
                // It was readable a moment ago, or lies behind a `require` that was looked at before.
                Err(stop) => {
                    self.stopped(stop, None);
                    continue;
                }
            };
            if self.inputs.iter().any(|it| it.file == file) {
                continue;
            }
            let (shape, top) = if path.ends_with("flake.nix") {
                self.read_flake(file, &path)
            } else {
                self.read_top(file, value)
            };
            self.inputs.push(Input { file, shape });
            if let Some(top) = top {
                self.required(&top, &mut waiting);
                self.tops.push(top);
            }
        }
        Ok(())
    }

    fn read_top(&mut self, file: FileId, value: Value) -> (InputShape, Option<Top>) {
        let at = self.whole(file);
        let value = match self.eval.force(value) {
            Ok(value) => value,
            Err(stop) => {
                self.stopped(stop, None);
                return (InputShape::Unknown, None);
            }
        };
        // colmena also calls a set that is a function.
        let may_be_called =
            self.eval.kind(value) == Kind::Function || colmena::is_hive_file(self.eval.sources().path(file));
        let is_function = may_be_called && self.eval.is_function(value) == Ok(true);
        let value = if is_function {
            match self.call(value, file) {
                Ok(value) => value,
                Err(shape) => return (shape, None),
            }
        } else {
            value
        };
        let shape = shape::shape(&mut self.eval, value, at);
        if shape != InputShape::Network {
            return (shape, None);
        }
        match self.eval.attrs(value) {
            Ok(view) => {
                self.may_have_more(&view);
                (shape, Some(Top { file, view, dialect: None, special: Vec::new() }))
            }
            Err(stop) => {
                self.stopped(stop, None);
                (InputShape::Unknown, None)
            }
        }
    }

    /// Notes why there may be more machines than these.
    fn may_have_more(&mut self, view: &AttrsView) {
        if let Some(open) = view.open {
            let reason = self.eval.why(open);
            self.open.push(Gap { reason, at: self.eval.unknown(open).span });
        }
    }

    /// The network among the outputs of a flake.
    fn read_flake(&mut self, file: FileId, path: &Path) -> (InputShape, Option<Top>) {
        let at = self.whole(file);
        let folder = path.parent().unwrap_or(Path::new("/"));
        match flakes::network(&mut self.eval, folder, self.request.dialect) {
            Ok(flakes::Outputs::Network(found)) => {
                self.may_have_more(&found.view);
                let (view, special) = (found.view, found.special);
                (InputShape::Network, Some(Top { file, view, dialect: Some(found.dialect), special }))
            }
            Ok(flakes::Outputs::Others(outputs)) => (InputShape::Flake { outputs, at }, None),
            Err(stop) => {
                self.stopped(stop, None);
                (InputShape::Unknown, None)
            }
        }
    }

    /// Calls a function network. A function that is the module of a machine is recognised before anything is said
    /// about its arguments.
    fn call(&mut self, function: Value, file: FileId) -> Result<Value, InputShape> {
        let head = self.eval.span_of(function).unwrap_or_else(|| self.whole(file));
        let formals = self.eval.function_arguments(function).ok().flatten();
        let names: Option<Vec<(String, bool)>> = formals.map(|it| {
            it.into_iter().map(|(sym, default)| (self.eval.name(sym).to_owned(), default)).collect()
        });
        let given = self.arguments.clone();
        let missing: Vec<String> = names
            .iter()
            .flatten()
            .filter(|(name, default)| !default && !given.iter().any(|(it, _)| it == name))
            .map(|(name, _)| name.clone())
            .collect();
        // An unknown argument stands in for each that is missing, so that the rest of the file is still read.
        let mut values: Vec<(&str, Value)> = given
            .iter()
            .filter(|(name, _)| names.as_ref().is_none_or(|names| names.iter().any(|(it, _)| it == name)))
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        for name in &missing {
            let unknown = self.eval.make_unknown(Reason::Argument(name.clone()), Some(head));
            values.push((name, unknown));
        }
        // Who takes the whole argument may be given more by whoever calls it: another file, or a flake.
        let more = names.is_none() && given.is_empty();
        let open =
            more.then(|| self.eval.add_unknown(Reason::Argument("of the network".to_owned()), Some(head)));
        let set = self.eval.make_open_attrs(values, open);
        let result = self.eval.call(function, set);
        if let Ok(value) = result
            && let shape @ InputShape::Module { .. } = shape::shape(&mut self.eval, value, head)
        {
            return Err(shape);
        }
        if let Some(shape) = shape::function_shape(&missing, head) {
            return Err(shape);
        }
        self.judge_arguments(file, head, names.as_deref(), &missing);
        result.map_err(|stop| {
            self.stopped(stop, None);
            InputShape::Unknown
        })
    }

    fn judge_arguments(
        &mut self,
        file: FileId,
        head: Span,
        names: Option<&[(String, bool)]>,
        missing: &[String],
    ) {
        let Some(names) = names else {
            self.any_function_takes_all = true;
            return;
        };
        self.taken.extend(names.iter().map(|(name, _)| name.clone()));
        let text = self.eval.sources().slice(head).to_owned();
        let ellipsis = text.contains("...");
        for (number, (name, has_default)) in names.iter().enumerate() {
            let at = if number < MOST_PLACED { word(head, &text, name) } else { head };
            self.taken_arguments.push(TakenArgument { name: name.clone(), at, has_default: *has_default });
        }
        for (number, name) in missing.iter().enumerate() {
            let at = if number < MOST_PLACED { word(head, &text, name) } else { head };
            let others = self.arguments.iter().map(|(name, _)| name.clone()).collect();
            let kind = ArgumentProblemKind::Missing;
            self.argument_problems.push(ArgumentProblem { name: name.clone(), at, kind, others });
        }
        // Only NixOps gives every argument to every file; the dialect is not known before all files are read, and a
        // network of the others is one file.
        let unexpected = self.arguments.iter().filter(|(name, _)| !names.iter().any(|(it, _)| it == name));
        if ellipsis || colmena::is_hive_file(self.eval.sources().path(file)) {
            return;
        }
        for (name, _) in unexpected.cloned().collect::<Vec<_>>() {
            let others = names.iter().map(|(name, _)| name.clone()).collect();
            let kind = ArgumentProblemKind::Unexpected;
            self.argument_problems.push(ArgumentProblem { name: name.clone(), at: head, kind, others });
            self.taken.push(name);
        }
    }

    /// Arguments that no file takes.
    fn unused_arguments(&mut self) {
        if self.any_function_takes_all {
            return;
        }
        let Some(first) = self.inputs.first() else { return };
        let at = self.whole(first.file);
        for (name, _) in self.arguments.clone() {
            if !self.taken.contains(&name) {
                let others = self.taken.clone();
                let kind = ArgumentProblemKind::Unused;
                self.argument_problems.push(ArgumentProblem { name, at, kind, others });
            }
        }
    }

    /// Queues the files under `require`.
    fn required(&mut self, top: &Top, waiting: &mut VecDeque<PathBuf>) {
        // Only NixOps follows it; elsewhere it is a machine like any other.
        if fit::dialect_of(self, std::slice::from_ref(top)) != Dialect::NixOps {
            return;
        }
        let Some(require) =
            top.view.attributes.iter().find(|it| self.eval.name(it.name) == "require").copied()
        else {
            return;
        };
        let at = require.given.or(require.defined).unwrap_or_else(|| self.whole(top.file));
        let view = match self.eval.list(require.value) {
            Ok(view) => view,
            Err(stop) => return self.stopped(stop, None),
        };
        let places = element_places(&mut self.eval, at, require.value);
        for (number, item) in view.items.into_iter().enumerate() {
            let place = places.get(number).copied().unwrap_or(at);
            // To Nix a string has no folder that it could be relative to.
            let target = self.eval.path(item).or_else(|_| self.eval.string(item)).and_then(|target| {
                let message = format!("the string {target:?} is no absolute path");
                let is_absolute = target.starts_with('/');
                if is_absolute {
                    Ok(PathBuf::from(target))
                } else {
                    self.eval.make_error(ErrorKind::Invalid, place, message)
                }
            });
            let target = match target {
                Ok(target) => target,
                Err(stop) => {
                    self.stopped(stop, None);
                    continue;
                }
            };
            match self.eval.import_lazily(&target) {
                Ok((file, _)) => waiting.push_back(self.eval.sources().path(file).to_owned()),
                Err(Stop::Error(id)) if self.eval.error(id).kind == ErrorKind::FileNotFound => {
                    let message = self.eval.error(id).message.clone();
                    let stop = self.eval.make_error::<()>(ErrorKind::FileNotFound, place, message);
                    if let Err(stop) = stop {
                        self.stopped(stop, None);
                    }
                }
                Err(stop) => self.stopped(stop, None),
            }
        }
        self.open.extend(view.open.map(|open| Gap { reason: self.eval.why(open), at: Some(at) }));
    }

    /// Records why something of the network as a whole could not be read.
    pub(super) fn stopped(&mut self, stop: Stop, machine: Option<&str>) {
        match stop {
            Stop::Error(id) => {
                self.problems.add(&self.eval, id, machine, None);
                self.open.push(Gap { reason: "evaluating it fails".into(), at: None });
            }
            Stop::Unknown(id) => {
                let reason = self.eval.why(id);
                self.open.push(Gap { reason, at: self.eval.unknown(id).span });
            }
        }
    }

    /// What the network's functions are called with.
    pub(super) fn given(&self) -> &[(String, Value)] {
        &self.arguments
    }

    /// A place for what is said about a file as a whole: its first word of code.
    pub(super) fn whole(&self, file: FileId) -> Span {
        super::model::first_code(self.eval.sources(), file)
    }
}
