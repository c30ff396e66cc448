//! The top-level sets of all files, sorted: machines by name, what holds for all of them, what describes the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::{Attribute as SetAttribute, Evaluator};
use crate::options::{Gap, Origin, Plain, PlainKind, Start, element_places, read_plain};
use crate::text::{FileId, Span};
use crate::value::{Kind, Stop, Value};

use super::Dialect;
use super::load::{Loading, Top};
use super::machine::{MachineSource, ModuleKind};
use super::model::{Attribute, Resource, first_code};

/// What the tops hold.
pub(super) struct Sorted {
    /// The machines in the order in which they were met, and what each file says of them.
    pub(super) machines: Vec<(Arc<str>, Given)>,
    pub(super) defaults: Vec<Start>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) resources: Vec<Resource>,
}

/// What one file gives for a machine.
#[derive(Clone)]
pub(super) struct Given {
    file: FileId,
    attribute: SetAttribute,
}

/// A machine's values before its modules are read.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) sources: Vec<MachineSource>,
    pub(super) modules: Vec<Start>,
}

/// More machines than anybody has, and few enough that a text full of them is read in a second.
const MOST_MACHINES: usize = 20_000;

/// Sorts the attributes of all tops; forces what describes the network, and no machine.
pub(super) fn sorted(loading: &mut Loading<'_>, tops: &[Top], dialect: Dialect) -> Sorted {
    let mut sorted =
        Sorted { machines: Vec::new(), defaults: Vec::new(), attributes: Vec::new(), resources: Vec::new() };
    for top in tops {
        for attribute in &top.view.attributes {
            let name: Arc<str> = loading.eval.name(attribute.name).into();
            if dialect.description_sets().contains(&name.as_ref()) {
                let set = if name.as_ref() == "meta" { "meta" } else { "network" };
                describe(loading, set, top, attribute, &mut sorted.attributes);
            } else if name.as_ref() == "defaults" {
                let at = attribute.given.or(attribute.defined).unwrap_or_else(|| loading.whole(top.file));
                let (module, origin) = (attribute.value, Origin::Defaults);
                sorted.defaults.push(Start { module, at, origin, imported: false });
            } else if name.as_ref() == "resources" && dialect.has_resources() {
                read_resources(loading, attribute, &mut sorted.resources);
            } else if !dialect.reserved().contains(&name.as_ref())
                && !dialect.ignored().contains(&name.as_ref())
            {
                sorted.machines.push((name, Given { file: top.file, attribute: *attribute }));
            }
        }
    }
    sorted
}

impl Parts {
    /// The modules that a deployment reads, in their order: what stands later comes first when lists are joined.
    pub(super) fn starts(&self, dialect: Dialect, defaults: &[Start]) -> Vec<Start> {
        let (first, second) = if dialect.puts_defaults_first() {
            (defaults, &*self.modules)
        } else {
            (&*self.modules, defaults)
        };
        first.iter().chain(second).copied().collect()
    }

    /// The value of a machine in one file: its kind, and the modules in it, which another module may import.
    pub(super) fn read(&mut self, eval: &mut Evaluator, given: &Given, dialect: Dialect) {
        let (attribute, imported) = (&given.attribute, dialect.wraps_machines());
        let at = given.place(eval);
        let kind = eval.kind(attribute.value);
        let value = match kind {
            Kind::Attrs => ModuleKind::Set,
            Kind::Function => ModuleKind::Function,
            Kind::Path => ModuleKind::Path,
            Kind::List => ModuleKind::List,
            // The path of a file may be given as a string.
            Kind::String => match eval.string(attribute.value) {
                Ok(text) if text.starts_with('/') => ModuleKind::Path,
                _ => ModuleKind::Wrong("a string"),
            },
            Kind::Unknown | Kind::Error => ModuleKind::Unknown,
            other => ModuleKind::Wrong(other.with_article()),
        };
        let is_package = value == ModuleKind::Set
            && matches!(eval.attr_named(attribute.value, "type"), Ok(Some(it))
                if eval.string(it.value).is_ok_and(|kind| kind == "derivation"));
        let value = if is_package { ModuleKind::Wrong("a package") } else { value };
        match &value {
            // In other dialects a check says that a list is no module; what it holds is read all the same.
            ModuleKind::List => {
                if let Ok(view) = eval.list(attribute.value) {
                    let places = element_places(eval, at, attribute.value);
                    for (index, item) in view.items.into_iter().enumerate() {
                        let place = places.get(index).copied().unwrap_or(at);
                        let origin = Origin::Machine;
                        self.modules.push(Start { module: item, at: place, origin, imported });
                    }
                }
            }
            ModuleKind::Wrong(_) => {}
            _ => {
                let (module, origin) = (attribute.value, Origin::Machine);
                self.modules.push(Start { module, at, origin, imported });
            }
        }
        self.sources.push(MachineSource {
            file: given.file,
            name_at: attribute.defined.filter(|it| !eval.is_library(it.file)).unwrap_or(at),
            value_at: at,
            value,
        });
    }
}

impl Given {
    /// Where a machine's value is written. A function of the library that made the set of machines is not that place: then
    /// it is what the value itself says.
    fn place(&self, eval: &mut Evaluator) -> Span {
        let attribute = &self.attribute;
        let named = attribute.given.or(attribute.defined);
        if let Some(at) = named.filter(|it| !eval.is_library(it.file)) {
            return at;
        }
        let inside = match eval.kind(attribute.value) {
            Kind::Attrs => eval.attrs(attribute.value).ok().and_then(|it| it.attributes.first()?.defined),
            _ => eval.span_of(attribute.value),
        };
        inside.filter(|it| !eval.is_library(it.file)).unwrap_or_else(|| first_code(eval.sources(), self.file))
    }
}

/// Leaves out machines that are too many to be read, and says so.
pub(super) fn leave_out(loading: &mut Loading<'_>, parts: &mut BTreeMap<Arc<str>, Parts>) {
    let Some(first) = parts.keys().nth(MOST_MACHINES).cloned() else { return };
    let left_out = parts.split_off(&first);
    let at = left_out.values().flat_map(|it| &it.sources).map(|it| it.name_at).next();
    let reason = format!("there are more than {MOST_MACHINES}, and only that many are read");
    loading.open.push(Gap { reason: reason.into(), at });
}

/// Arguments that the network gives to the modules of all machines (`specialArgs`) or of one (`nodeSpecialArgs`): for each of
/// these machines sets, the most special first.
pub(super) fn special_arguments<'n>(
    loading: &mut Loading<'_>,
    dialect: Dialect,
    tops: &[Top],
    names: impl Iterator<Item = &'n Arc<str>> + Clone,
) -> Vec<Vec<Value>> {
    let mut special: Vec<Vec<Value>> = names.clone().map(|_| Vec::new()).collect();
    let has_special = tops.iter().any(|it| !it.special.is_empty());
    let numbers: FxHashMap<&str, usize> =
        names.clone().map(AsRef::as_ref).zip(0..).filter(|_| has_special).collect();
    for top in tops {
        for (name, given) in &top.special {
            if let Some(number) = numbers.get(name.as_ref()) {
                special[*number].push(*given);
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
            if of_nodes.is_none() && of_all.is_none() {
                continue;
            }
            for (name, special) in names.clone().zip(&mut special) {
                let of_node = of_nodes.and_then(|set| loading.eval.attr_named(set, name).ok().flatten());
                special.extend(of_node.map(|it| it.value).into_iter().chain(of_all));
            }
        }
    }
    special
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
