//! From the top-level sets of all files to machines: merged by name, their modules read, the rest sorted into its
//! places in the model.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::eval::{Attribute as SetAttribute, Evaluator};
use crate::options::schema::Pending;
use crate::options::{
    self, Definition, Gap, Modules, Options, Origin, Plain, PlainKind, Start, element_places, read_plain,
};
use crate::text::Span;
use crate::value::{Kind, Stop, Value};

use super::fit::dialect_of;
use super::load::{Loading, Top};
use super::machine::{Machine, MachineSource, ModuleKind};
use super::model::{Attribute, Network, Resource};
use super::nixos::NixosSettings;
use super::{Dialect, MachineName, absent, deployment_options, known, reads, references};

/// A machine's values before its modules are read.
#[derive(Default)]
struct Parts {
    sources: Vec<MachineSource>,
    modules: Vec<Start>,
    /// What its modules are called with besides: sets, the most special first.
    special: Vec<Value>,
}

/// More machines than anybody has, and few enough that a text full of them is read in a second.
const MOST_MACHINES: usize = 20_000;

pub(super) fn assemble(mut loading: Loading<'_>, tops: &[Top]) -> Network {
    let dialect = dialect_of(&mut loading, tops);
    let mut parts: BTreeMap<Arc<str>, Parts> = BTreeMap::new();
    let mut defaults: Vec<Start> = Vec::new();
    let mut attributes = Vec::new();
    let mut resources = Vec::new();
    for top in tops {
        for attribute in &top.view.attributes {
            let name: Arc<str> = loading.eval.name(attribute.name).into();
            let at = attribute.given.or(attribute.defined).unwrap_or_else(|| loading.whole(top.file));
            if dialect.description_sets().contains(&name.as_ref()) {
                let set = if name.as_ref() == "meta" { "meta" } else { "network" };
                describe(&mut loading, set, top, attribute, &mut attributes);
            } else if name.as_ref() == "defaults" {
                defaults.push(Start {
                    module: attribute.value,
                    at,
                    origin: Origin::Defaults,
                    imported: false,
                });
            } else if name.as_ref() == "resources" && dialect.has_resources() {
                read_resources(&mut loading, attribute, &mut resources);
            } else if !dialect.reserved().contains(&name.as_ref())
                && !dialect.ignored().contains(&name.as_ref())
            {
                let part = parts.entry(name).or_default();
                let at = place(&mut loading, top, attribute);
                read_machine(&mut loading, top, attribute, (at, dialect.wraps_machines()), part);
            }
        }
    }
    leave_out(&mut loading, &mut parts);
    special_arguments(&mut loading, dialect, tops, &mut parts);
    let (mut machines, functions, waiting, calls) = read_machines(&mut loading, dialect, parts, &defaults);
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
    Network {
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
        sources: Arc::new(std::mem::take(eval.sources_mut())),
        needs: OnceLock::new(),
    }
}

/// Leaves out machines that are too many to be read, and says so.
fn leave_out(loading: &mut Loading<'_>, parts: &mut BTreeMap<Arc<str>, Parts>) {
    let Some(first) = parts.keys().nth(MOST_MACHINES).cloned() else { return };
    let left_out = parts.split_off(&first);
    let at = left_out.values().flat_map(|it| &it.sources).map(|it| it.name_at).next();
    let reason = format!("there are more than {MOST_MACHINES}, and only that many are read");
    loading.open.push(Gap { reason: reason.into(), at });
}

/// Arguments that the network gives to the modules of all machines (`specialArgs`) or of one (`nodeSpecialArgs`).
fn special_arguments(
    loading: &mut Loading<'_>,
    dialect: Dialect,
    tops: &[Top],
    parts: &mut BTreeMap<Arc<str>, Parts>,
) {
    for top in tops {
        for (name, special) in &top.special {
            if let Some(part) = parts.get_mut(name) {
                part.special.push(*special);
            }
        }
        for attribute in &top.view.attributes {
            if !dialect.description_sets().contains(&loading.eval.name(attribute.name)) {
                continue;
            }
            let named = |eval: &mut Evaluator, name: &str| {
                eval.attr_named(attribute.value, name).ok().flatten().map(|it| it.value)
            };
            let of_nodes = named(&mut loading.eval, "nodeSpecialArgs");
            let of_all = named(&mut loading.eval, "specialArgs");
            for (name, part) in parts.iter_mut() {
                let of_node = of_nodes.and_then(|set| loading.eval.attr_named(set, name).ok().flatten());
                part.special.extend(of_node.map(|it| it.value).into_iter().chain(of_all));
            }
        }
    }
}

/// Where a machine's value is written. A function of the library that made the set of machines is not that place: then
/// it is what the value itself says.
fn place(loading: &mut Loading<'_>, top: &Top, attribute: &SetAttribute) -> Span {
    let eval = &mut loading.eval;
    let named = attribute.given.or(attribute.defined);
    if let Some(at) = named.filter(|it| !eval.is_library(it.file)) {
        return at;
    }
    let inside = match eval.kind(attribute.value) {
        Kind::Attrs => eval.attrs(attribute.value).ok().and_then(|it| it.attributes.first()?.defined),
        _ => eval.span_of(attribute.value),
    };
    inside.filter(|it| !eval.is_library(it.file)).unwrap_or_else(|| loading.whole(top.file))
}

/// The value of a machine in one file: its kind, and the modules in it, which another module may import.
fn read_machine(
    loading: &mut Loading<'_>,
    top: &Top,
    attribute: &SetAttribute,
    (at, imported): (Span, bool),
    part: &mut Parts,
) {
    let kind = loading.eval.kind(attribute.value);
    let value = match kind {
        Kind::Attrs => ModuleKind::Set,
        Kind::Function => ModuleKind::Function,
        Kind::Path => ModuleKind::Path,
        Kind::List => ModuleKind::List,
        // The path of a file may be given as a string.
        Kind::String => match loading.eval.string(attribute.value) {
            Ok(text) if text.starts_with('/') => ModuleKind::Path,
            _ => ModuleKind::Wrong("a string"),
        },
        Kind::Unknown | Kind::Error => ModuleKind::Unknown,
        other => ModuleKind::Wrong(other.with_article()),
    };
    let is_package = value == ModuleKind::Set
        && matches!(loading.eval.attr_named(attribute.value, "type"), Ok(Some(it))
            if loading.eval.string(it.value).is_ok_and(|kind| kind == "derivation"));
    let value = if is_package { ModuleKind::Wrong("a package") } else { value };
    match &value {
        // In other dialects a check says that a list is no module; what it holds is read all the same.
        ModuleKind::List => {
            if let Ok(view) = loading.eval.list(attribute.value) {
                let places = element_places(&mut loading.eval, at, attribute.value);
                for (index, item) in view.items.into_iter().enumerate() {
                    let place = places.get(index).copied().unwrap_or(at);
                    part.modules.push(Start { module: item, at: place, origin: Origin::Machine, imported });
                }
            }
        }
        ModuleKind::Wrong(_) => {}
        _ => part.modules.push(Start { module: attribute.value, at, origin: Origin::Machine, imported }),
    }
    part.sources.push(MachineSource {
        file: top.file,
        name_at: attribute.defined.filter(|it| !loading.eval.is_library(it.file)).unwrap_or(at),
        value_at: at,
        value,
    });
}

/// What is left of machines, by index, to be held against the options of NixOS.
type Waiting = Vec<(usize, Pending)>;

/// Reads the modules of all machines; what is left to be held against the options of NixOS comes last. Each is read once; what it asks of itself and of others is evaluated when it is
/// asked for.
fn read_machines(
    loading: &mut Loading<'_>,
    dialect: Dialect,
    parts: BTreeMap<Arc<str>, Parts>,
    defaults: &[Start],
) -> (Vec<Arc<Machine>>, Vec<Span>, Waiting, reads::Calls) {
    let schema = &wanted_options(&loading.request.more_options);
    let arguments = loading.given().to_vec();
    let world = known::World { dialect, complete: loading.open.is_empty(), arguments: &arguments };
    let starts = parts
        .iter()
        .map(|(name, part)| {
            // What stands later comes first when lists are joined.
            let (first, second) = if dialect.puts_defaults_first() {
                (defaults, &*part.modules)
            } else {
                (&*part.modules, defaults)
            };
            let starts = first.iter().chain(second).copied().collect();
            (name.as_ref(), starts, part.special.clone())
        })
        .collect();
    let (readings, watched) = known::readings(&mut loading.eval, starts, &world);
    for reading in &readings {
        reading.collect(&mut loading.eval);
    }
    let has_options = loading.request.options.is_some();
    let mut machines = Vec::with_capacity(readings.len());
    let mut functions = Vec::new();
    let mut calls = Vec::new();
    let mut waiting = Vec::new();
    for ((name, part), reading) in parts.into_iter().zip(&readings) {
        let (modules, asked, pending) = reading.read(&mut loading.eval, schema, has_options);
        for (error, at) in &modules.errors {
            loading.problems.add(&loading.eval, *error, Some(&name), Some(*at));
        }
        functions.extend(modules.functions.iter().copied());
        calls.push(modules.calls.clone());
        let mut machine = machine(&name, part, &modules);
        machine.nixos = NixosSettings { definitions: asked, modules: modules.of_nixos };
        if dialect == Dialect::NixOps {
            derive_port(&mut loading.eval, &mut machine, reading);
        }
        derive_name(&mut machine, dialect);
        waiting.extend(pending.map(|it| (machines.len(), it)));
        machines.push(Arc::new(machine));
    }
    functions.sort_unstable();
    functions.dedup();
    (machines, functions, waiting, reads::Calls { sets: watched.0, configurations: None, of: calls })
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
fn wanted_options(more: &[Vec<String>]) -> Cow<'static, Options> {
    let mut options = Cow::Borrowed(deployment_options());
    for path in more {
        options.to_mut().ask_for(path);
    }
    options
}

/// Options that tools add to those of NixOS, and that are judged elsewhere or by nobody.
fn known_beside() -> &'static Options {
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

/// Attributes of `network` whose values matter here; others may be whole package sets.
const READ: [&str; 4] = ["description", "enableRollback", "name", "rollout"];

fn describe(
    loading: &mut Loading<'_>,
    set: &'static str,
    top: &Top,
    attribute: &SetAttribute,
    attributes: &mut Vec<Attribute>,
) {
    let view = match loading.eval.attrs(attribute.value) {
        Ok(view) => view,
        Err(Stop::Error(id)) => return loading.problems.add(&loading.eval, id, None, attribute.defined),
        Err(Stop::Unknown(_)) => return,
    };
    for inner in view.attributes {
        let name: Arc<str> = loading.eval.name(inner.name).into();
        let at = inner.defined.unwrap_or_else(|| loading.whole(top.file));
        let value_at = inner.given.unwrap_or(at);
        let value = if READ.contains(&name.as_ref()) {
            let (plain, errors) = read_plain(&mut loading.eval, inner.value, value_at);
            for error in errors {
                loading.problems.add(&loading.eval, error, None, Some(value_at));
            }
            plain
        } else {
            Plain { at: value_at, kind: PlainKind::Unknown("nothing needs it here".into()) }
        };
        attributes.push(Attribute { set, name, at, file: top.file, value });
    }
}

fn read_resources(loading: &mut Loading<'_>, attribute: &SetAttribute, resources: &mut Vec<Resource>) {
    let view = match loading.eval.attrs(attribute.value) {
        Ok(view) => view,
        Err(Stop::Error(id)) => return loading.problems.add(&loading.eval, id, None, attribute.defined),
        Err(Stop::Unknown(_)) => return,
    };
    for kind in view.attributes {
        let Some(kind_at) = kind.defined else { continue };
        let name: Arc<str> = loading.eval.name(kind.name).into();
        let named = loading.eval.attrs(kind.value).map(|view| view.attributes).unwrap_or_default();
        if named.is_empty() {
            resources.push(Resource { kind: name.clone(), kind_at, name: None });
        }
        for it in named {
            let it_name = (Arc::from(loading.eval.name(it.name)), it.defined.unwrap_or(kind_at));
            resources.push(Resource { kind: name.clone(), kind_at, name: Some(it_name) });
        }
    }
}
