//! What the modules of a machine are called with: `config`, `nodes` and the other arguments, as far as they are known.

use std::sync::{Arc, Mutex, PoisonError};

use crate::eval::Evaluator;
use crate::options::schema::Pending;
use crate::options::{
    Collected, Configuration, Definition, Modules, Options, Plain, PlainKind, Start, Words, Written,
    collect_modules, module_argument, read_asked, read_definitions, read_plain,
};
use crate::text::Span;
use crate::value::{Reason, UnknownId, Value};

use super::{DEPLOYMENT_OPTIONS, DIALECT_OPTIONS, Dialect, nixos};

/// The options of NixOS that decide how machines are called and reached.
const NIXOS_OPTIONS: &str = include_str!("nixos-options.nix");

/// A machine while its network is read.
pub(super) struct Reading {
    shared: Arc<Shared>,
    config: Value,
}

/// The part that `config` needs when somebody asks for it before the machine's turn.
struct Shared {
    starts: Vec<Start>,
    /// The arguments, once all machines have a `config`.
    arguments: Mutex<Vec<(String, Value)>>,
    configuration: Arc<Configuration>,
    collected: Mutex<State>,
}

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
}

/// Prepares all machines, each with its modules and what the network gives them: their `config` can be asked for from
/// now on.
pub(super) fn readings(
    eval: &mut Evaluator,
    machines: Vec<(&str, Vec<Start>, Vec<Value>)>,
    world: &World<'_>,
) -> (Vec<Reading>, Watched) {
    let World { dialect, complete, .. } = *world;
    let words = Words::new(eval);
    let uncalled = uncalled(eval);
    let own_modules =
        [own_options(eval, world, &uncalled), eval.eval_text("<options of NixOS>", NIXOS_OPTIONS)];
    let lib = eval.lib();
    let mut readings = Vec::with_capacity(machines.len());
    let mut names = Vec::with_capacity(machines.len());
    let mut special = Vec::with_capacity(machines.len());
    for (name, starts, given) in machines {
        special.push(given);
        let config = eval.make_hole();
        let name_value = eval.make_string(name);
        let arguments = eval.make_attrs([("lib", lib), ("name", name_value), ("config", config)]);
        let mut own = Vec::new();
        for (number, module) in own_modules.into_iter().enumerate() {
            let module = eval.make_call(module, arguments);
            let options = Some(eval.make_select(module, "options"));
            let config = (number == 0).then(|| eval.make_select(module, "config"));
            own.push(Written { config, options });
        }
        let shared = Arc::new(Shared {
            starts,
            arguments: Mutex::new(Vec::new()),
            configuration: Configuration::new(words, own),
            collected: Mutex::new(State::Waiting),
        });
        let collecting = shared.clone();
        let value = shared.configuration.value(eval, move |eval| collecting.collect(eval));
        eval.fill(config, value);
        readings.push(Reading { shared, config });
        names.push(name);
    }
    let nodes = nodes(eval, names.iter().copied().zip(readings.iter().map(|it| it.config)), complete);
    let machines = names.iter().copied().zip(readings.iter().map(|it| it.config));
    let resources = dialect.has_resources().then(|| resources(eval, machines, complete));
    let modules_path = modules_path(eval);
    for ((name, reading), special) in names.iter().zip(&readings).zip(&special) {
        let mut arguments = arguments(eval, name, reading.config, nodes, modules_path, uncalled);
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
    let machines = resources.and_then(|it| eval.select(it, "machines").ok());
    (readings, Watched(std::iter::once(nodes).chain(machines).collect()))
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
        let collected = collect_modules(eval, &self.starts, &arguments, &|eval, name, at| match config {
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
