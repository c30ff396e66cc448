//! The modules of one machine in a world that is not known as a whole: NixOS' own modules are not read, and other
//! machines are asked lazily.

use std::sync::Arc;

use super::collect::{Candidate, Collected};
use super::module::Part;
use super::tree::{Level, Node};
use super::values::{Loc, Memo};
use super::{Configuration, Modules, System, errors};
use crate::eval::Evaluator;
use crate::options::modules::{self, Modules as Read, Origin, Start};
use crate::options::types::Options;
use crate::text::Span;
use crate::value::{ErrorId, Stop, UnknownId, Value};

const NIXOS_OPTIONS: &str = include_str!("nixos-options.nix");

/// The module system of one evaluator, with its library.
#[derive(Clone)]
pub struct ModuleSystem {
    system: Arc<System>,
    nixos_options: Value,
}

/// What the modules of a machine find around them.
#[derive(Clone, Debug)]
pub struct World {
    /// A set, possibly open, of what module functions are called with besides `config`, `options` and `lib`. Those
    /// win that are in it.
    pub arguments: Value,
    /// Modules of the caller: declarations of options that exist, and definitions that hold.
    pub base: Vec<Value>,
    /// Why there are options and definitions that no module here shows.
    pub open: UnknownId,
}

/// A machine's modules, evaluated as far as somebody asks.
#[derive(Clone, Debug)]
pub struct Evaluation {
    configuration: Arc<Configuration>,
}

/// What evaluating an option that is always read certainly fails at.
#[derive(Clone, Debug)]
pub struct Fault {
    /// As Nix writes it: names joined by dots.
    pub option: String,
    pub error: ErrorId,
    /// A definition of the option, for errors that lie elsewhere.
    pub at: Option<Span>,
}

impl ModuleSystem {
    pub fn new(eval: &mut Evaluator) -> Self {
        let lib = eval.lib();
        let functions = eval.make_select(lib, "modules");
        let system = System::new(eval, lib, functions);
        let nixos_options = eval.library_text("<nixos-options>", NIXOS_OPTIONS);
        eval.remember();
        Self { system, nixos_options }
    }

    /// Says what the modules are; calls none of them yet.
    pub fn evaluate(&self, eval: &mut Evaluator, starts: &[Start], world: &World) -> Evaluation {
        let place = eval.place();
        let theirs = |value: Value, part: Part| Candidate { value, at: place, origin: Origin::Machine, part };
        let mut candidates: Vec<Candidate> = starts
            .iter()
            .map(|it| Candidate { value: it.module, at: it.at, origin: it.origin, part: Part::User })
            .collect();
        candidates.extend(world.base.iter().map(|it| theirs(*it, Part::Base)));
        candidates.push(theirs(self.nixos_options, Part::Nixos));
        let (config, options) = (eval.make_hole(), eval.make_hole());
        let configuration = Arc::new_cyclic(|this| Configuration {
            this: this.clone(),
            system: self.system.clone(),
            modules: Modules::Starts(candidates),
            prefix: None,
            special_args: world.arguments,
            class: None,
            world: Some(world.open),
            config,
            options,
            own_args: Vec::new(),
            collected: Memo::default(),
            tree: Memo::default(),
        });
        configuration.fill(eval);
        eval.remember();
        Evaluation { configuration }
    }
}

impl Evaluation {
    /// `config`, not evaluated yet.
    pub fn config(&self) -> Value {
        self.configuration.config
    }

    /// `options`, not evaluated yet.
    pub fn options(&self) -> Value {
        self.configuration.options
    }

    /// What the modules say, each with its place: the definitions of the options in `schema`, which are evaluated
    /// one by one, and what is wrong with the modules themselves.
    pub fn modules(&self, eval: &mut Evaluator, schema: &Options) -> Read {
        let collected = match Configuration::collected(&self.configuration, eval) {
            Ok(collected) => collected,
            Err(stop) => return unreadable(eval, stop),
        };
        let out = Read {
            gaps: collected.gaps.clone(),
            mistakes: collected.mistakes.clone(),
            errors: collected.errors.clone(),
            functions: collected.functions.clone(),
            ..Read::default()
        };
        let mut own: Vec<_> = collected.modules.iter().filter(|it| it.part == Part::User).collect();
        own.sort_by_key(|module| module.number);
        let start = |at: Span, origin: Origin| Start { module: Value::Null, at, origin };
        let configs =
            own.iter().flat_map(|it| it.configs.iter().map(|(config, at)| (*config, start(*at, it.origin))));
        let collected = modules::Collected::of_modules(
            out,
            configs.collect(),
            own.iter().filter_map(|it| it.options).collect(),
        );
        modules::read_definitions(eval, collected, schema)
    }

    /// What the definitions of options that the caller declares certainly fail at when they are merged. Only options
    /// that a module of the user defines are evaluated.
    pub fn faults(&self, eval: &mut Evaluator) -> Vec<Fault> {
        let mut faults = Vec::new();
        let collected = Configuration::collected(&self.configuration, eval);
        let tree = Configuration::tree(&self.configuration, eval);
        if let (Ok(collected), Ok(tree)) = (collected, tree) {
            look_for_faults(eval, collected, tree, &mut faults);
        }
        faults
    }
}

/// Modules of which nothing can be said.
fn unreadable(eval: &mut Evaluator, stop: Stop) -> Read {
    let mut out = Read::default();
    let (reason, at) = match stop {
        Stop::Error(id) => {
            let at = eval.error(id).user_span();
            out.errors.push((id, at));
            ("one of its modules fails".into(), Some(at))
        }
        Stop::Unknown(id) => (eval.why(id), eval.unknown(id).span),
    };
    out.gaps.push(modules::Gap { reason, at });
    out
}

fn look_for_faults(eval: &mut Evaluator, collected: &Collected, level: &Arc<Level>, faults: &mut Vec<Fault>) {
    let Ok(definitions) = level.definitions(eval) else { return };
    let mut names: Vec<_> = definitions.by_name.keys().copied().collect();
    names.sort_by(|a, b| eval.name(*a).cmp(eval.name(*b)));
    for name in names {
        let raws = &definitions.by_name[&name];
        let is_users = |module: u32| {
            collected.modules.get(module as usize).is_some_and(|module| module.part == Part::User)
        };
        let Some(raw) = raws.iter().find(|raw| is_users(raw.module)) else { continue };
        match level.node(eval, name) {
            Ok(Some(Node::Group(below))) => look_for_faults(eval, collected, &below, faults),
            Ok(Some(Node::Option(option))) if !option.is_only_of(Part::User) => {
                let value = option.value(eval).and_then(|value| eval.force_deep(value));
                if let Err(Stop::Error(error)) = value {
                    let system = &level.config.system;
                    let text = eval.make_symbol_string(name);
                    let loc = Loc::below(level.loc.as_ref(), text);
                    let at = eval.defined_at(raw.position).map(|(name, _)| name);
                    faults.push(Fault { option: errors::show_option(eval, system, Some(&loc)), error, at });
                }
            }
            _ => {}
        }
    }
}
