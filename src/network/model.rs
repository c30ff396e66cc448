//! The network as a whole: plain data that checks, plan, graph and selectors read. No evaluator is needed to look at
//! it, so it can be kept, shared between threads and printed.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::eval::Conditional;
use crate::syntax::{Allow, Oddity, SyntaxError};
use crate::text::{FileId, Sources, Span};

use super::Dialect;
use super::absent::{MissingKey, UntrackedFile};
use super::machine::Machine;
use super::needs::Needs;
use super::reads::Read;
use super::references::Reference;
use super::remarks::{Remark, RemarkKind};
use super::selectors::Machines;
use crate::options::{Gap, Plain};

/// A network, and everything that was noticed while reading it.
#[derive(Clone, Debug)]
pub struct Network {
    pub dialect: Dialect,
    /// The files it was read from, in the order of reading: those given, then those required.
    pub inputs: Vec<Input>,
    /// In order of name.
    pub machines: Vec<Arc<Machine>>,
    /// Why there may be machines that are not in the list. Empty: these are all.
    pub open: Vec<Gap>,
    /// `network.*` or `meta.*`, every definition.
    pub attributes: Vec<Attribute>,
    pub resources: Vec<Resource>,
    /// `nodes.<name>` in modules.
    pub references: Vec<Reference>,
    /// What machines read of each other, in all the ways there are; only where the request asks for it.
    pub reads: Vec<Read>,
    /// The paths that files name, and where; only where the request asks for it.
    pub paths: Vec<(PathBuf, Span)>,
    /// What function networks take, in the order of the files.
    pub taken_arguments: Vec<TakenArgument>,
    pub argument_problems: Vec<ArgumentProblem>,
    /// What evaluation certainly fails at.
    pub problems: Vec<Problem>,
    /// What Nix said of it; nothing where it was not asked.
    pub remarks: Option<Vec<Remark>>,
    /// Whether a schema said which options NixOS has.
    pub options_known: bool,
    pub(super) sources: Arc<Sources>,
    /// What they wait for, once somebody asked.
    pub(super) needs: OnceLock<Arc<Needs>>,
    /// Where each of them is in the list, once somebody asked.
    pub(super) numbers: OnceLock<Arc<FxHashMap<String, usize>>>,
    /// Of every file that was read as Nix.
    pub syntax_errors: Vec<SyntaxError>,
    /// Comments that allow findings.
    pub allows: Vec<(FileId, Allow)>,
    /// Where pipe operators are used, which only some versions of Nix read.
    pub pipes: Vec<Span>,
    /// Modules whose shape depends on what they make.
    pub conditionals: Vec<Conditional>,
    /// What a flake reads and git does not know.
    pub untracked: Vec<UntrackedFile>,
    /// Keys whose files are not there.
    pub missing_keys: Vec<MissingKey>,
    /// What is no mistake and could be written better.
    pub oddities: Vec<(FileId, Oddity)>,
    /// The parameters of functions that were called as modules; sorted.
    pub functions: Vec<Span>,
    /// Every Nix file that was read.
    pub files: Vec<FileId>,
    /// The files of nixpkgs' library among all that were read, ours or one on disk; in order.
    pub(super) library_files: Vec<FileId>,
}

/// A file of the network.
#[derive(Clone, Debug)]
pub struct Input {
    pub file: FileId,
    pub shape: InputShape,
}

/// What a file that should hold a network evaluates to.
#[derive(Clone, Debug, PartialEq)]
pub enum InputShape {
    Network,
    /// A NixOS configuration: the attribute that gives it away.
    Module {
        attribute: String,
        at: Span,
    },
    /// A function that is called as a NixOS module is: the argument that gives it away.
    ModuleFunction {
        argument: String,
        at: Span,
    },
    /// A derivation, or a function that makes one.
    Package {
        at: Span,
    },
    EmptySet {
        at: Span,
    },
    /// A flake none of whose outputs is a network: the outputs that it has.
    Flake {
        outputs: Vec<String>,
        at: Span,
    },
    /// Not a set at all: what it is.
    Other {
        what: &'static str,
        at: Span,
    },
    /// Not known, or its own finding says why it fails.
    Unknown,
}

/// One definition of `network.x`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The set it stands in: `network` or `meta`.
    pub set: &'static str,
    pub name: Arc<str>,
    pub at: Span,
    pub file: FileId,
    pub value: Plain,
}

/// `resources.<kind>.<name>`.
#[derive(Clone, Debug)]
pub struct Resource {
    pub kind: Arc<str>,
    pub kind_at: Span,
    /// `None` where only the kind is known.
    pub name: Option<(Arc<str>, Span)>,
}

/// An argument that a function network takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenArgument {
    pub name: String,
    pub at: Span,
    pub has_default: bool,
}

/// Trouble with the arguments of function networks.
#[derive(Clone, Debug)]
pub struct ArgumentProblem {
    pub name: String,
    pub at: Span,
    pub kind: ArgumentProblemKind,
    /// Names near which the argument may have been meant.
    pub others: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentProblemKind {
    /// The file needs it, and nobody gives it.
    Missing,
    /// It is given, and this file does not take it.
    Unexpected,
    /// It is given, and no file takes it.
    Unused,
}

/// Something that evaluation certainly fails at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub at: Span,
    pub message: String,
    /// What is written at the place.
    pub note: String,
    /// What led there, innermost first.
    pub labels: Vec<(Span, String)>,
    pub help: Option<String>,
    pub machine: Option<String>,
    /// Whether it fails everywhere, and not only on this machine as it is now.
    pub certain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    MissingAttribute,
    TypeMismatch,
    WrongArguments,
    ImportNotFound,
    InfiniteRecursion,
    AlwaysFails,
    /// Not the user's mistake for certain: a bound of ours was reached.
    Limit,
}

impl Network {
    /// Whether a file is not the user's, but of nixpkgs' library.
    pub fn is_library(&self, file: FileId) -> bool {
        self.library_files.binary_search(&file).is_ok()
    }

    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// A place for what is said about the network as a whole: the beginning of its first file.
    pub fn start(&self) -> Option<Span> {
        self.inputs.first().map(|it| first_code(&self.sources, it.file))
    }

    /// The network as it is for one machine that is still to be put into it: nothing of the others, and nothing that was noticed
    /// in passing.
    pub(crate) fn without_machines(&self) -> Network {
        Network {
            dialect: self.dialect,
            inputs: self.inputs.clone(),
            machines: Vec::new(),
            open: self.open.clone(),
            attributes: Vec::new(),
            resources: Vec::new(),
            references: Vec::new(),
            reads: Vec::new(),
            paths: Vec::new(),
            taken_arguments: Vec::new(),
            argument_problems: Vec::new(),
            problems: Vec::new(),
            remarks: None,
            options_known: self.options_known,
            sources: self.sources.clone(),
            needs: OnceLock::new(),
            numbers: OnceLock::new(),
            syntax_errors: Vec::new(),
            allows: Vec::new(),
            pipes: Vec::new(),
            conditionals: Vec::new(),
            untracked: Vec::new(),
            missing_keys: Vec::new(),
            oddities: Vec::new(),
            functions: Vec::new(),
            files: Vec::new(),
            library_files: self.library_files.clone(),
        }
    }

    /// Puts one machine into it, instead of those that were there.
    pub(crate) fn put_alone(&mut self, machine: Arc<Machine>) {
        self.machines.clear();
        self.machines.push(machine);
        (self.needs, self.numbers) = (OnceLock::new(), OnceLock::new());
    }

    /// What the network says of itself, where that is known.
    pub fn description(&self) -> Option<&str> {
        let last = self.attributes.iter().rev().find(|it| it.name.as_ref() == "description")?;
        last.value.as_str()
    }

    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.get(self.number_of(name)?).map(AsRef::as_ref)
    }

    /// The index of a machine.
    pub fn number_of(&self, name: &str) -> Option<usize> {
        let numbers = self.numbers.get_or_init(|| {
            let names = self.machines.iter().map(|it| it.name.as_str().to_owned());
            Arc::new(names.zip(0..).collect())
        });
        numbers.get(name).copied()
    }

    /// Whether every machine is in the list.
    pub fn is_complete(&self) -> bool {
        self.open.is_empty()
    }

    pub fn problems_of(&self, kind: ProblemKind) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(move |it| it.kind == kind)
    }

    pub fn remarks_of(&self, kind: RemarkKind) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().flatten().filter(move |it| it.kind == kind)
    }

    /// The machines as selectors see them, with the dependencies that are known.
    pub fn selectable(&self) -> Machines {
        let mut machines = self.named();
        let needs = self.needs();
        for from in 0..self.machines.len() {
            needs.named(from).iter().for_each(|it| machines.add_dependency(from, it.on));
        }
        for selected in needs.selected() {
            let users: Vec<usize> = selected.users.iter().map(|it| it.0).collect();
            machines.add_dependencies(&users, &selected.machines);
        }
        machines
    }

    pub(super) fn named(&self) -> Machines {
        let mut machines = Machines::default();
        for machine in &self.machines {
            let tags: Vec<&str> = machine.deployment_list("tags").0.into_iter().map(|(tag, _)| tag).collect();
            machines.add(machine.name.as_str(), &tags, &[]);
        }
        machines
    }

    /// What could not be known, a short sentence each, without repeats.
    pub fn unknown(&self) -> Vec<String> {
        let all: Vec<usize> = (0..self.machines.len()).collect();
        self.unknown_of(&all)
    }

    /// The same for some machines, by index.
    pub fn unknown_of(&self, machines: &[usize]) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for gap in &self.open {
            let reason = format!("all machines: {}", gap.reason);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        let machines = machines.iter().filter_map(|at| self.machines.get(*at));
        let gaps = machines.flat_map(|machine| {
            machine.open.iter().map(|gap| (gap.reason.to_string(), machine.name.as_str()))
        });
        let grouped = grouped(gaps).into_iter();
        reasons.extend(grouped.map(|(reason, names)| format!("all of {names}: {reason}")));
        reasons
    }
}

/// Names of machines that are written out where many share a reason.
const MOST_NAMES: usize = 3;

/// Each reason once, in order of its first appearance, with the machines that have it, as they are written.
pub fn grouped<'a>(reasons: impl IntoIterator<Item = (String, &'a str)>) -> Vec<(String, String)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (reason, name) in reasons {
        let at = *known.entry(reason.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push((reason, Vec::new()));
        }
        if groups[at].1.last() != Some(&name) {
            groups[at].1.push(name);
        }
    }
    groups.into_iter().map(|(reason, names)| (reason, listed(&names))).collect()
}

fn listed(names: &[&str]) -> String {
    let quoted = |names: &[&str]| names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [most @ .., last] if names.len() <= MOST_NAMES => format!("{} and `{last}`", quoted(most)),
        _ => format!("{} and {} more", quoted(&names[..MOST_NAMES]), names.len() - MOST_NAMES),
    }
}

/// The first character of code in a file, so that a picture shows something.
pub(super) fn first_code(sources: &Sources, file: FileId) -> Span {
    let text = &sources.file(file).text;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        if !code.is_empty() && !code.starts_with('#') {
            at += line.len() - code.len();
            break;
        }
        at += line.len();
    }
    let end = text[at..].chars().next().map_or(at, |it| at + it.len_utf8());
    let offset = |at: usize| u32::try_from(at).expect("a file is smaller than 4 GiB");
    Span::new(file, offset(at), offset(end))
}
