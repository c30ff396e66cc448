//! What the modules of a machine are called with: `config`, `nodes` and the other arguments, as far as they are known.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::eval::Evaluator;
use crate::options::schema::Pending;
use crate::options::{
    Collected, Configuration, Definition, Modules, Options, Plain, PlainKind, Start, Views, Words, Written,
    collect_modules, module_argument, read_asked, read_definitions, read_plain,
};
use crate::text::Span;
use crate::value::{Reason, UnknownId, Value};

use super::parts::{Given, Parts};
use super::{DEPLOYMENT_OPTIONS, DIALECT_OPTIONS, Dialect, nixos};

/// The options of NixOS that decide how machines are called and reached.
const NIXOS_OPTIONS: &str = include_str!("nixos-options.nix");

/// A machine while its network is read.
pub(super) struct Reading {
    shared: Arc<Shared>,
    config: Value,
    /// The same for other machines, and what they have seen of it, where somebody wants to know.
    watched: Option<(Value, Arc<Views>)>,
}

/// The part that `config` needs when somebody asks for it before the machine's turn.
struct Shared {
    starts: Starts,
    /// The arguments, once all machines have a `config`.
    arguments: Mutex<Vec<(String, Value)>>,
    configuration: Arc<Configuration>,
    collected: Mutex<State>,
}

/// The first modules of a machine.
#[derive(Clone)]
pub(super) enum Starts {
    Known(Vec<Start>),
    /// They are looked for when somebody asks for the machine, in what the files give for it.
    Later(Vec<Given>, Arc<Defaults>),
}

/// What every machine starts with beside its own modules.
pub(super) type Defaults = (Dialect, Vec<Start>);

enum State {
    Waiting,
    Running,
    Done(Box<Collected>),
    Taken,
}

/// What is known of a network before its machines are read.
pub(super) struct World<'a> {
    pub(super) dialect: Dialect,
    /// Whether all machines are known.
    pub(super) complete: bool,
    /// What the network was called with.
    pub(super) arguments: &'a [(String, Value)],
    /// Whether it is noted what machines see of each other.
    pub(super) watch: bool,
}

/// A machine that is to be prepared: its modules, and what the network gives to them.
pub(super) struct Unread {
    pub(super) name: Arc<str>,
    pub(super) starts: Starts,
    pub(super) special: Vec<Value>,
}

/// What all machines share.
struct Fleet {
    words: Words,
    own_modules: [Value; 2],
    lib: Value,
    uncalled: [(&'static str, Value); 4],
    watch: bool,
    /// Known once all machines have a `config`.
    of_all: OnceLock<OfAll>,
}

struct OfAll {
    nodes: Value,
    resources: Option<Value>,
    modules_path: Value,
}

/// Prepares all machines: their `config` can be asked for from now on.
pub(super) fn readings(
    eval: &mut Evaluator,
    machines: Vec<Unread>,
    world: &World<'_>,
) -> (Vec<Reading>, Watched) {
    let fleet = Fleet::new(eval, world);
    let readings: Vec<Reading> =
        machines.iter().map(|it| fleet.prepare(eval, &it.name, it.starts.clone())).collect();
    let configs = machines.iter().map(|it| it.name.as_ref()).zip(readings.iter().map(Reading::for_others));
    let watched = fleet.join(eval, configs.collect(), world);
    for (machine, reading) in machines.iter().zip(&readings) {
        fleet.give_arguments(eval, &machine.name, reading, &machine.special);
    }
    (readings, watched)
}

/// Machines that are prepared when somebody asks for them.
pub(super) type LateReadings = Arc<[OnceLock<Reading>]>;

/// Prepares one machine, and the others for whoever asks for them.
pub(super) fn reading_of(
    eval: &mut Evaluator,
    machines: Vec<Unread>,
    number: usize,
    world: &World<'_>,
) -> (Reading, LateReadings) {
    let fleet = Fleet::new(eval, world);
    let one = fleet.prepare(eval, &machines[number].name, machines[number].starts.clone());
    let late: LateReadings = machines.iter().map(|_| OnceLock::new()).collect();
    let all = Arc::new((fleet, machines, late.clone()));
    let configs = (0..all.1.len()).map(|at| {
        if at == number {
            return one.for_others();
        }
        let all = all.clone();
        eval.make_lazy(move |eval| {
            let (fleet, machines, late) = all.as_ref();
            let machine = &machines[at];
            let made = fleet.prepare(eval, &machine.name, machine.starts.clone());
            fleet.give_arguments(eval, &machine.name, &made, &machine.special);
            let config = made.for_others();
            // It is asked for once, as all that is lazy.
            let _ = late[at].set(made);
            eval.force(config)
        })
    });
    let configs: Vec<Value> = configs.collect();
    let (fleet, machines, _) = all.as_ref();
    let configs = machines.iter().map(|it| it.name.as_ref()).zip(configs);
    fleet.join(eval, configs.collect(), world);
    fleet.give_arguments(eval, &machines[number].name, &one, &machines[number].special);
    (one, late)
}

impl Fleet {
    fn new(eval: &mut Evaluator, world: &World<'_>) -> Self {
        let words = Words::new(eval);
        let uncalled = uncalled(eval);
        let own_modules =
            [own_options(eval, world, &uncalled), eval.eval_text("<options of NixOS>", NIXOS_OPTIONS)];
        let (lib, of_all) = (eval.lib(), OnceLock::new());
        Self { words, own_modules, lib, uncalled, watch: world.watch, of_all }
    }

    fn prepare(&self, eval: &mut Evaluator, name: &str, starts: Starts) -> Reading {
        let config = eval.make_hole();
        let name_value = eval.make_string(name);
        let arguments = eval.make_attrs([("lib", self.lib), ("name", name_value), ("config", config)]);
        let mut own = Vec::new();
        for (number, module) in self.own_modules.into_iter().enumerate() {
            let module = eval.make_call(module, arguments);
            let options = Some(eval.make_select(module, "options"));
            let config = (number == 0).then(|| eval.make_select(module, "config"));
            own.push(Written { config, options });
        }
        let shared = Arc::new(Shared {
            starts,
            arguments: Mutex::new(Vec::new()),
            configuration: Configuration::new(self.words, own),
            collected: Mutex::new(State::Waiting),
        });
        let collecting = shared.clone();
        let value = shared.configuration.value(eval, move |eval| collecting.collect(eval));
        eval.fill(config, value);
        let watched = self.watch.then(|| {
            let (views, collecting) = (Arc::<Views>::default(), shared.clone());
            let seen = shared.configuration.watched(views.clone());
            (seen.value(eval, move |eval| collecting.collect(eval)), views)
        });
        Reading { shared, config, watched }
    }

    /// Makes the sets of all machines.
    fn join(&self, eval: &mut Evaluator, machines: Vec<(&str, Value)>, world: &World<'_>) -> Watched {
        let nodes = nodes(eval, machines.iter().copied(), world.complete);
        let resources =
            world.dialect.has_resources().then(|| resources(eval, machines.iter().copied(), world.complete));
        let modules_path = modules_path(eval);
        let _ = self.of_all.set(OfAll { nodes, resources, modules_path });
        let machines = resources.and_then(|it| eval.select(it, "machines").ok());
        Watched(std::iter::once(nodes).chain(machines).collect())
    }

    /// Says what the machine's modules are called with.
    fn give_arguments(&self, eval: &mut Evaluator, name: &str, reading: &Reading, special: &[Value]) {
        let OfAll { nodes, resources, modules_path } =
            self.of_all.get().expect("nobody is called before all machines are known");
        let mut arguments = arguments(eval, name, reading.config, *nodes, *modules_path, self.uncalled);
        for (_, value) in arguments.iter_mut().filter(|(name, _)| name == "resources") {
            *value = resources.unwrap_or(*value);
        }
        // The network's own arguments win, the earlier ones over the later ones.
        for set in special.iter().rev() {
            let Ok(view) = eval.attrs(*set) else { continue };
            for attribute in view.attributes {
                let name = eval.name(attribute.name).to_owned();
                arguments.retain(|(it, _)| *it != name);
                arguments.push((name, attribute.value));
            }
        }
        *reading.shared.arguments.lock().unwrap_or_else(PoisonError::into_inner) = arguments;
    }
}

/// The sets of all machines that modules are given: `nodes`, and `resources.machines` where there are resources.
pub(super) struct Watched(pub(super) Vec<Value>);

/// The module of our own, as the network's dialect has it.
fn own_options(eval: &mut Evaluator, world: &World<'_>, uncalled: &[(&str, Value)]) -> Value {
    let module = eval.eval_text("<options of a dialect>", DIALECT_OPTIONS);
    let options = eval.eval_text("<deployment options>", DEPLOYMENT_OPTIONS);
    let dialect = eval.make_string(world.dialect.as_str());
    let given = world.arguments.iter().map(|(name, value)| (name.as_str(), *value));
    let arguments = eval.make_attrs(given);
    let told = |wanted: &str| uncalled.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let name = told("deploymentName").expect("modules are called with it");
    let uuid = told("uuid").expect("modules are called with it");
    let deployment = eval.make_attrs([("name", name), ("uuid", uuid), ("arguments", arguments)]);
    let asked = eval.make_attrs([("dialect", dialect), ("options", options), ("deployment", deployment)]);
    eval.make_call(module, asked)
}

impl Reading {
    /// Its `config` as other machines get it.
    fn for_others(&self) -> Value {
        self.watched.as_ref().map_or(self.config, |(config, _)| *config)
    }

    /// What others have seen of it so far, and its `config` as they get it; nothing where nobody wants to know.
    pub(super) fn views(&self) -> Option<(Value, &Views)> {
        self.watched.as_ref().map(|(config, views)| (*config, views.as_ref()))
    }

    /// The port that follows for NixOps from what the machine says of its ssh server. `None` where nothing follows.
    pub(super) fn derived_port(&self, eval: &mut Evaluator, at: Span) -> Option<Plain> {
        if !self.shared.configuration.mentions(eval, "services") {
            return None;
        }
        let deployment = eval.make_select(self.config, "deployment");
        let port = eval.make_select(deployment, "targetPort");
        let (port, _) = read_plain(eval, port, at);
        (port.kind != PlainKind::Null).then_some(port)
    }

    /// Collects the machine's modules, if nobody asked for that before.
    pub(super) fn collect(&self, eval: &mut Evaluator) {
        self.shared.collect(eval);
    }

    /// Reads the definitions: those of the schema, and what checks ask of NixOS' own options; and what is left to be held
    /// against all options of NixOS. All machines were collected.
    pub(super) fn read(
        &self,
        eval: &mut Evaluator,
        schema: &Options,
        has_options: bool,
    ) -> (Modules, Vec<Definition>, Option<Pending>) {
        let state = self.shared.replace(State::Taken);
        match state {
            State::Done(collected) => {
                let asked = read_asked(eval, &collected, nixos::questions());
                let pending = collected.pending(has_options);
                (read_definitions(eval, *collected, schema), asked, pending)
            }
            _ => (Modules::default(), Vec::new(), None),
        }
    }
}

impl Shared {
    fn replace(&self, state: State) -> State {
        std::mem::replace(&mut *self.collected.lock().unwrap_or_else(PoisonError::into_inner), state)
    }

    fn collect(&self, eval: &mut Evaluator) {
        match self.replace(State::Running) {
            State::Waiting => {}
            before => {
                self.replace(before);
                return;
            }
        }
        let arguments = self.arguments.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let config = arguments.iter().find(|(name, _)| name == "config").map(|(_, value)| *value);
        let arguments: Vec<(&str, Value)> =
            arguments.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let starts = match &self.starts {
            Starts::Known(starts) => starts.clone(),
            Starts::Later(given, defaults) => {
                let mut part = Parts::default();
                for it in given {
                    part.read(eval, it, defaults.0);
                }
                part.starts(defaults.0, &defaults.1)
            }
        };
        let collected = collect_modules(eval, &starts, &arguments, &|eval, name, at| match config {
            Some(config) => module_argument(eval, config, name, at),
            None => eval.make_unknown(Reason::Argument(name.to_owned()), at),
        });
        let gap = collected.gaps().first().cloned();
        let gap: Option<UnknownId> =
            gap.map(|gap| eval.add_unknown(Reason::Told(gap.reason.to_string()), gap.at));
        self.configuration.fill(collected.written(), gap);
        self.replace(State::Done(Box::new(collected)));
    }
}

/// The folder of NixOS' own modules: known by name even where no nixpkgs is at hand.
fn modules_path(eval: &mut Evaluator) -> Value {
    eval.eval_text("<modulesPath>", "<nixpkgs/nixos/modules>")
}

/// All machines, each with its `config`.
fn nodes<'a>(
    eval: &mut Evaluator,
    machines: impl Iterator<Item = (&'a str, Value)>,
    complete: bool,
) -> Value {
    let open = eval.add_unknown(Reason::Told("only Nix knows all of a machine".to_owned()), None);
    let nodes: Vec<(&str, Value)> = machines
        .map(|(name, config)| (name, eval.make_open_attrs([("config", config)], Some(open))))
        .collect();
    let more = eval.add_unknown(Reason::Told("not all machines are known".to_owned()), None);
    eval.make_open_attrs(nodes, (!complete).then_some(more))
}

/// What NixOps calls resources: the machines are among them, each as its `config`.
fn resources<'a>(
    eval: &mut Evaluator,
    machines: impl Iterator<Item = (&'a str, Value)>,
    complete: bool,
) -> Value {
    let machines: Vec<(&str, Value)> = machines.collect();
    let more = eval.add_unknown(Reason::Told("not all machines are known".to_owned()), None);
    let machines = eval.make_open_attrs(machines, (!complete).then_some(more));
    let open = eval.add_unknown(Reason::Told("resources are only known to Nix".to_owned()), None);
    eval.make_open_attrs([("machines", machines)], Some(open))
}

/// Arguments that only Nix knows.
fn uncalled(eval: &mut Evaluator) -> [(&'static str, Value); 4] {
    [
        ("options", "options of NixOS are only known to Nix"),
        ("resources", "resources are only known to Nix"),
        ("uuid", "the deployment's UUID is known when it is deployed"),
        ("deploymentName", "the deployment's name is known when it is deployed"),
    ]
    .map(|(name, why)| (name, eval.make_unknown(Reason::Told(why.to_owned()), None)))
}

/// The arguments of a machine's modules.
fn arguments(
    eval: &mut Evaluator,
    name: &str,
    config: Value,
    nodes: Value,
    modules_path: Value,
    uncalled: [(&str, Value); 4],
) -> Vec<(String, Value)> {
    let lib = eval.lib();
    let pkgs = eval.make_pkgs(None);
    let name = eval.make_string(name);
    let known = [
        ("config", config),
        ("lib", lib),
        ("modulesPath", modules_path),
        ("name", name),
        ("nodes", nodes),
        ("pkgs", pkgs),
    ];
    known.into_iter().chain(uncalled).map(|(name, value)| (name.to_owned(), value)).collect()
}
