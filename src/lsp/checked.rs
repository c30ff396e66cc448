//! One network, loaded and checked with the texts of one moment. Chooses no network; publishes nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use crate::checks::{self, Baseline, FoundBefore, Levels, OptionsFrom, Project, project_file, read_project};
use crate::eval::Parses;
use crate::findings::Finding;
use crate::network::{InputShape, Machine, Network, Remembered, Request};
use crate::system::{Files, System};
use crate::text::{FileId, Sources};

use super::analysis::with_texts;
use super::asked::{AskedFiles, Paths};
use super::diagnostics::{Told, ToldBefore};
use super::settings::NetworkSettings;
use super::world::World;

/// What is loaded as one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The network of this number in the settings, below this folder.
    Configured(usize, PathBuf),
    /// A file with the name of a network.
    Named(PathBuf),
    /// An open file that belongs to no network, and may be one.
    Alone(PathBuf),
    /// An open file of which only the text counts.
    Text(PathBuf),
}

/// `nixwright.toml`, where something is wrong in it.
pub struct WrongProject {
    pub sources: Sources,
    pub findings: Vec<Finding>,
}

/// A network, and what is wrong with it.
pub struct Checked {
    pub root: Root,
    /// With which it was loaded, and can be loaded again.
    pub request: Request,
    pub levels: Levels,
    pub network: Arc<Network>,
    pub findings: Arc<Vec<Finding>>,
    pub wrong_project: Option<WrongProject>,
    /// Every path that it depends on.
    pub(super) asked: Arc<Paths>,
    /// The findings that are known of the project, if it has such a file.
    baseline: Option<PathBuf>,
    /// What is needed to read it again where only one machine has changed.
    remembered: Option<Remembered>,
    /// What was found of single machines.
    found_before: FoundBefore,
    /// What the client is told of it, once that was asked for; and what it was told before one file changed.
    told: OnceLock<Arc<Told>>,
    told_before: Option<ToldBefore>,
}

/// What a file that is checked alone may be told: nothing of what only a network must hold.
const OF_TEXTS: [&str; 7] = [
    "deprecated-syntax",
    "duplicate-attribute",
    "syntax-error",
    "undefined-variable",
    "unused-argument",
    "unused-binding",
    "unused-with",
];

impl Checked {
    /// Runs the checks; files are asked through these.
    fn find(&mut self, world: &World, before: &FoundBefore, files: &dyn Files) {
        let (mut findings, found_before) = checks::run_again(&self.network, &self.levels, before);
        if let Some(path) = &self.baseline {
            findings = without_known(files, path, &self.network, findings);
        }
        if !self.is_network() && !self.may_be_meant(world) {
            findings.retain(|it| OF_TEXTS.contains(&it.id));
        }
        (self.findings, self.found_before) = (Arc::new(findings), found_before);
    }

    /// What the client is told of it.
    pub(super) fn told(&self, tell: impl FnOnce(Option<&ToldBefore>) -> Told) -> &Told {
        self.told.get_or_init(|| Arc::new(tell(self.told_before.as_ref())))
    }

    /// Whether a file was read as a part of it.
    pub fn holds(&self, path: &Path) -> Option<FileId> {
        let file = self.network.sources().find(path)?;
        self.network.files.contains(&file).then_some(file)
    }

    /// Whether a text of it is broken, so that it may read more than is known.
    pub(super) fn is_damaged(&self) -> bool {
        self.network.syntax_errors.iter().any(|it| it.kind.is_unfinished())
    }

    /// The folders of the files that it was given.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.network.inputs.iter().filter_map(|it| self.network.sources().path(it.file).parent())
    }

    /// Whether it has the name of a network and lies where somebody works: there it may be meant as one.
    pub(super) fn may_be_meant(&self, world: &World) -> bool {
        let Root::Named(path) = &self.root else { return false };
        !path.ends_with("flake.nix") && world.folders.iter().any(|it| path.parent() == Some(it))
    }

    /// Whether it certainly is a network: what is not named as one must look like one.
    pub(super) fn is_network(&self) -> bool {
        let has = |shape: fn(&InputShape) -> bool| self.network.inputs.iter().any(|it| shape(&it.shape));
        match &self.root {
            Root::Configured(..) => true,
            Root::Named(path) if path.ends_with("flake.nix") => {
                !has(|it| matches!(it, InputShape::Flake { .. }))
            }
            // Many modules are called `network.nix`, because they are about the network of a machine.
            Root::Named(_) => !has(|it| {
                matches!(
                    it,
                    InputShape::Module { .. } | InputShape::ModuleFunction { .. } | InputShape::Other { .. }
                )
            }),
            Root::Text(_) => false,
            Root::Alone(_) => {
                // What follows from nothing stands where the machine is named.
                let deploys = |machine: &Machine| {
                    let mut written = machine.definitions.iter().filter(|it| Some(it.at) != machine.at());
                    written.any(|it| it.path.first().is_some_and(|it| it.as_ref() == "deployment"))
                };
                has(|it| *it == InputShape::Network)
                    && (!self.network.attributes.is_empty()
                        || self.network.machines.iter().any(|it| deploys(it)))
            }
        }
    }
}

/// Loads and checks; `Err` says why it cannot be read at all.
pub(super) fn check(
    system: &System,
    world: &World,
    root: &Root,
    parses: &Arc<Parses>,
    cancel: &Arc<AtomicBool>,
) -> Result<Checked, String> {
    let overlay = with_texts(system, world);
    let asking = Arc::new(AskedFiles::new(overlay.clone()));
    let mut request = request(system, world, root, asking.clone());
    request.cancel = Some(cancel.clone());
    request.parses = Some(parses.clone());
    let (project, wrong_project) = project(&request);
    let mut levels = Levels::default();
    let meant = world.settings.options().or_else(|| project.options.clone()).unwrap_or(OptionsFrom::Auto);
    let meant = match meant {
        OptionsFrom::File(file) => OptionsFrom::File(request.working_folder.join(file)),
        other => other,
    };
    let cache = system.environment.cache_home();
    // Options that cannot be read judge nothing; that is said, and is no reason to be silent about all else.
    request.options = meant.read(&request, cache.as_deref()).unwrap_or_default();
    let baseline = project.baseline.clone();
    levels.of_project(project);
    let (network, remembered) = Network::load_remembered(&request).map_err(|error| error.to_string())?;
    request.files = overlay;
    request.cancel = None;
    let mut checked = Checked {
        root: root.clone(),
        request,
        levels,
        network: Arc::new(network),
        findings: Arc::default(),
        wrong_project,
        asked: Arc::default(),
        baseline,
        remembered,
        found_before: FoundBefore::default(),
        told: OnceLock::new(),
        told_before: None,
    };
    checked.find(world, &FoundBefore::default(), asking.as_ref());
    checked.asked = Arc::new(asking.asked());
    Ok(checked)
}

/// The same after the text of one file has changed, where only one machine depends on that.
pub(super) fn check_again(
    system: &System,
    world: &World,
    before: &Checked,
    changed: &Path,
    cancel: &Arc<AtomicBool>,
) -> Option<Checked> {
    let overlay = with_texts(system, world);
    let asking = Arc::new(AskedFiles::new(overlay.clone()));
    let request = Request { files: asking.clone(), cancel: Some(cancel.clone()), ..before.request.clone() };
    let (network, remembered) = before.network.again(before.remembered.as_ref()?, &request, changed)?;
    let request = Request { files: overlay, cancel: None, ..request };
    let mut checked = Checked {
        root: before.root.clone(),
        request,
        levels: before.levels.clone(),
        network: Arc::new(network),
        findings: Arc::default(),
        // It stands in a file that belongs to no machine.
        wrong_project: None,
        asked: before.asked.clone(),
        baseline: before.baseline.clone(),
        remembered: Some(remembered),
        found_before: FoundBefore::default(),
        told: OnceLock::new(),
        told_before: before.told.get().cloned().zip(before.network.sources().find(changed)),
    };
    checked.find(world, &before.found_before, asking.as_ref());
    let more = asking.asked();
    if !more.iter().all(|it| checked.asked.contains(it)) {
        Arc::make_mut(&mut checked.asked).extend(more);
    }
    Some(checked)
}

/// What the baseline of the project leaves of the findings. One that cannot be read knows none of them.
fn without_known(
    files: &dyn Files,
    baseline: &Path,
    network: &Network,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    let path = files.canonicalize(baseline).unwrap_or_else(|_| baseline.to_owned());
    let read = files.read(&path).ok().and_then(|bytes| Baseline::read(&bytes).ok());
    let (Some(known), Some(input)) = (read, network.inputs.first()) else { return findings };
    let root = checks::root_of(files, network.sources().path(input.file), Some(&path));
    known.unknown_of(findings, network, &root)
}

fn request(system: &System, world: &World, root: &Root, files: Arc<dyn Files>) -> Request {
    let environment = &system.environment;
    let none = NetworkSettings::default();
    let (inputs, folder, network) = match root {
        Root::Configured(number, folder) => {
            let network = world.settings.networks.get(*number).unwrap_or(&none);
            (network.files.iter().map(|it| folder.join(it)).collect(), folder.clone(), network)
        }
        Root::Named(path) | Root::Alone(path) | Root::Text(path) => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            (vec![path.clone()], folder.to_owned(), &none)
        }
    };
    Request {
        arguments: network.arguments(),
        dialect: network.dialect(),
        include: world.settings.include.clone(),
        pins: world.settings.inputs.iter().map(|(name, path)| (name.clone(), path.clone())).collect(),
        nix_path: environment.get("NIX_PATH").map(str::to_owned),
        home: environment.home().map(ToOwned::to_owned),
        working_folder: folder,
        ..Request::new(files, inputs)
    }
}

/// What the project says, and what is wrong in its file.
fn project(request: &Request) -> (Project, Option<WrongProject>) {
    let read = || {
        let input = request.inputs.first()?;
        let input = request.files.canonicalize(input).unwrap_or_else(|_| input.clone());
        let path = project_file(request.files.as_ref(), &input)?;
        let text = String::from_utf8(request.files.read(&path).ok()?).ok()?;
        Some((path, text))
    };
    let Some((path, text)) = read() else { return (Project::default(), None) };
    let mut sources = Sources::default();
    match read_project(&mut sources, &path, &text) {
        Ok(project) => (project, None),
        Err(findings) => (Project::default(), Some(WrongProject { sources, findings })),
    }
}
