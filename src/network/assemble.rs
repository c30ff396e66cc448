//! From the top-level sets of all files to machines: merged by name, their modules read, the rest sorted into its
//! places in the model.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::eval::Evaluator;
use crate::options::schema::Pending;
use crate::options::{self, Definition, Gap, Modules, Options, Origin, Plain, PlainKind, Start};
use crate::text::Span;
use crate::value::Value;

use super::fit::dialect_of;
use super::load::{Loading, Top, library_files};
use super::machine::{Machine, MachineSource, ModuleKind};
use super::model::Network;
use super::nixos::NixosSettings;
use super::parts::{Parts, Sorted, leave_out, sorted, special_arguments};
use super::remembered::Remembered;
use super::{Dialect, MachineName, absent, deployment_options, known, reads, references};

pub(super) fn assemble(mut loading: Loading<'_>, tops: &[Top]) -> (Network, Option<Remembered>) {
    let dialect = dialect_of(&mut loading, tops);
    let Sorted { machines, defaults, attributes, resources } = sorted(&mut loading, tops, dialect);
    let mut parts: BTreeMap<Arc<str>, Parts> = BTreeMap::new();
    for (name, given) in machines {
        parts.entry(name).or_default().read(&mut loading.eval, &given, dialect);
    }
    leave_out(&mut loading, &mut parts);
    let special = special_arguments(&mut loading, dialect, tops, parts.keys());
    let (mut machines, functions, waiting, calls, readings) =
        read_machines(&mut loading, dialect, (parts, special), &defaults);
    for error in loading.eval.excused().to_vec() {
        loading.problems.add(&loading.eval, error, None, None);
    }
    // What a deployment reads itself comes first: all else must not cost it the evaluator's fuel, and what is wrong in files
    // that only values of options lead to may never be read by NixOS.
    let (syntax_errors, pipes) = (loading.eval.syntax_errors().to_vec(), loading.eval.pipes().to_vec());
    let nixos = loading.request.options.as_deref();
    for (number, pending) in waiting {
        let machine = Arc::get_mut(&mut machines[number]).expect("nobody else has it yet");
        machine.option_mistakes = options::schema::judge(&mut loading.eval, &pending, nixos, known_beside());
    }
    let Loading { request, mut eval, problems, inputs, open, taken_arguments, argument_problems, .. } =
        loading;
    let references = references::references(&eval, &functions);
    let wants_connections = request.connections;
    let reads = if wants_connections {
        let calls = reads::Calls { configurations: configurations(&mut eval, &inputs), ..calls };
        reads::reads(&mut eval, &machines, &calls, open.is_empty())
    } else {
        Vec::new()
    };
    let request_options = request.options.is_some();
    let files: Vec<_> = eval
        .sources()
        .iter()
        .map(|(file, _)| file)
        .filter(|file| !eval.is_library(*file) && eval.sources().path(*file).is_absolute())
        .collect();
    let world = request.files.as_ref();
    let folder = inputs.first().and_then(|it| eval.sources().path(it.file).parent()).map(Path::to_owned);
    let of_flake = inputs.iter().any(|it| eval.sources().path(it.file).ends_with("flake.nix"));
    let (untracked, missing_keys) = match &folder {
        Some(folder) => (
            if of_flake { absent::untracked(&eval, world, folder, &files) } else { Vec::new() },
            absent::missing_keys(&eval, world, folder, &machines),
        ),
        None => (Vec::new(), Vec::new()),
    };
    let paths = if wants_connections { eval.paths_written(&files) } else { Vec::new() };
    let conditionals = eval.conditional_modules(&functions);
    let in_files = tops.iter().all(|it| it.dialect.is_none());
    let remembered = in_files.then(|| Remembered::of(&eval, &inputs, &files, &machines, &readings)).flatten();
    let network = Network {
        dialect,
        inputs,
        machines,
        open,
        attributes,
        resources,
        references,
        reads,
        paths,
        taken_arguments,
        argument_problems,
        problems: problems.into_vec(),
        remarks: None,
        options_known: request_options,
        syntax_errors,
        allows: eval.allows().to_vec(),
        pipes,
        conditionals,
        untracked,
        missing_keys,
        oddities: eval
            .oddities()
            .iter()
            .filter(|(file, _)| files.binary_search(file).is_ok())
            .cloned()
            .collect(),
        functions,
        files,
        library_files: library_files(&eval),
        sources: Arc::new(std::mem::take(eval.sources_mut())),
        needs: OnceLock::new(),
        numbers: OnceLock::new(),
    };
    (network, remembered)
}

/// What is left of machines, by index, to be held against the options of NixOS.
type Waiting = Vec<(usize, Pending)>;

/// Reads the modules of all machines; what is left to be held against the options of NixOS comes last. Each is read once; what
/// it asks of itself and of others is evaluated when it is asked for.
fn read_machines(
    loading: &mut Loading<'_>,
    dialect: Dialect,
    (parts, special): (BTreeMap<Arc<str>, Parts>, Vec<Vec<Value>>),
    defaults: &[Start],
) -> (Vec<Arc<Machine>>, Vec<Span>, Waiting, reads::Calls, Vec<known::Reading>) {
    let schema = &wanted_options(&loading.request.more_options);
    let arguments = loading.given().to_vec();
    let world = known::World {
        dialect,
        complete: loading.open.is_empty(),
        arguments: &arguments,
        watch: loading.watches,
    };
    let unread = parts.iter().zip(special).map(|((name, part), special)| known::Unread {
        name: name.clone(),
        starts: known::Starts::Known(part.starts(dialect, defaults)),
        special,
    });
    let (readings, watched) = known::readings(&mut loading.eval, unread.collect(), &world);
    for reading in &readings {
        reading.collect(&mut loading.eval);
    }
    let mut machines = Vec::with_capacity(readings.len());
    let mut functions = Vec::new();
    let mut calls = Vec::new();
    let mut waiting = Vec::new();
    for ((name, part), reading) in parts.into_iter().zip(&readings) {
        let (machine, of_machine, pending) = read_machine(loading, dialect, (&name, part), reading, schema);
        functions.extend(machine.functions.iter().copied());
        calls.push(of_machine);
        waiting.extend(pending.map(|it| (machines.len(), it)));
        machines.push(Arc::new(machine));
    }
    functions.sort_unstable();
    functions.dedup();
    let calls = reads::Calls { sets: watched.0, configurations: None, of: calls };
    (machines, functions, waiting, calls, readings)
}

/// Reads the modules of one machine, which were collected: the machine, the functions that were called as its modules, and what
/// is left to be held against the options of NixOS.
pub(super) fn read_machine(
    loading: &mut Loading<'_>,
    dialect: Dialect,
    (name, part): (&Arc<str>, Parts),
    reading: &known::Reading,
    schema: &Options,
) -> (Machine, Vec<(Value, Value)>, Option<Pending>) {
    let has_options = loading.request.options.is_some();
    let (modules, asked, pending) = reading.read(&mut loading.eval, schema, has_options);
    for (error, at) in &modules.errors {
        loading.problems.add(&loading.eval, *error, Some(name), Some(*at));
    }
    let mut machine = machine(name, part, &modules);
    machine.nixos = NixosSettings { definitions: asked, modules: modules.of_nixos };
    if dialect == Dialect::NixOps {
        derive_port(&mut loading.eval, &mut machine, reading);
    }
    derive_name(&mut machine, dialect);
    // What was asked on the way does not know of these.
    machine.of_deployment = OnceLock::new();
    (machine, modules.calls, pending)
}

/// What a module reaches as `self.nixosConfigurations`.
fn configurations(eval: &mut Evaluator, inputs: &[super::Input]) -> Option<Value> {
    let path = inputs.iter().map(|it| eval.sources().path(it.file)).find(|it| it.ends_with("flake.nix"))?;
    let folder = path.parent()?.to_owned();
    let flake = eval.flake(&folder).ok()?;
    let set = eval.attr_named(flake, "nixosConfigurations").ok()??.value;
    eval.attrs(set).is_ok().then_some(set)
}

/// Where nobody says the port, the machine's own ssh server does.
fn derive_port(eval: &mut Evaluator, machine: &mut Machine, reading: &known::Reading) {
    let Some(at) = machine.at() else { return };
    if machine.definitions_of(&["deployment", "targetPort"]).any(|it| it.certain) {
        return;
    }
    if let Some(value) = reading.derived_port(eval, at) {
        machine.definitions.push(derived(["deployment", "targetPort"], at, value, DEFAULT_PRIORITY));
    }
}

/// The name that the machine is told, where only something weaker says another one.
fn derive_name(machine: &mut Machine, dialect: Dialect) {
    const PATH: [&str; 2] = ["networking", "hostName"];
    let (Some(priority), Some(at)) = (dialect.host_name_priority(), machine.at()) else { return };
    let weaker = machine.definitions_of(&PATH).any(|it| it.priority > priority);
    let decided = machine.definitions_of(&PATH).any(|it| it.certain && it.priority <= priority);
    if weaker && !decided {
        let value = Plain { at, kind: PlainKind::String(machine.name.as_str().into()) };
        machine.definitions.push(derived(PATH, at, value, priority));
    }
}

/// A definition that no module of the user writes.
fn derived(path: [&str; 2], at: Span, value: Plain, priority: i64) -> Definition {
    Definition {
        path: path.map(Arc::from).to_vec(),
        at,
        value,
        priority,
        rank: (0, 0),
        certain: true,
        origin: Origin::Machine,
    }
}

/// The priority of an option's default.
const DEFAULT_PRIORITY: i64 = 1500;

/// The options that are read: those of a deployment, and others that somebody asks for.
pub(super) fn wanted_options(more: &[Vec<String>]) -> Cow<'static, Options> {
    let mut options = Cow::Borrowed(deployment_options());
    for path in more {
        options.to_mut().ask_for(path);
    }
    options
}

/// Options that tools add to those of NixOS, and that are judged elsewhere or by nobody.
pub(super) fn known_beside() -> &'static Options {
    /// What NixOps' modules declare outside of `deployment`.
    const OF_NIXOPS: [&[&str]; 5] =
        [&["ec2"], &["hetzner"], &["libvirtd"], &["networking", "p2pTunnels"], &["networking", "publicIPv4"]];
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let mut options = deployment_options().clone();
        for path in OF_NIXOPS {
            let path: Vec<String> = path.iter().map(|it| (*it).to_owned()).collect();
            options.ask_for(&path);
        }
        options
    })
}

fn machine(name: &Arc<str>, part: Parts, modules: &Modules) -> Machine {
    let mut machine = Machine {
        name: MachineName::new(name.as_ref()),
        sources: part.sources,
        definitions: Vec::new(),
        open: Vec::new(),
        declared: Vec::new(),
        mistakes: Vec::new(),
        functions: modules.functions.clone(),
        nixos: NixosSettings::default(),
        option_mistakes: Vec::new(),
        waits: OnceLock::new(),
        of_deployment: OnceLock::new(),
        sets_passwords: OnceLock::new(),
    };
    machine.take(modules);
    machine
}

impl Machine {
    /// What its modules say.
    fn take(&mut self, modules: &Modules) {
        self.definitions.clone_from(&modules.definitions);
        self.open.clone_from(&modules.gaps);
        self.declared.clone_from(&modules.declared);
        self.mistakes.clone_from(&modules.mistakes);
        let is_wrong = |it: &MachineSource| matches!(it.value, ModuleKind::Wrong(_));
        if self.sources.iter().any(is_wrong) {
            self.open.push(Gap { reason: "its value is no module".into(), at: None });
        }
    }
}
