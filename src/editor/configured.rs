//! What `config` is in the modules of one machine, as far as its network knows: what its modules set, each option when
//! somebody asks for it. Anything else is not known, and never absent.

use std::collections::BTreeMap;

use super::View;
use crate::eval::Evaluator;
use crate::network::{Machine, Setting};
use crate::text::Span;
use crate::value::{Reason, Value};

/// An option, or several below one name.
enum Node {
    Group(BTreeMap<String, Node>),
    /// In Nix.
    Known(String),
    /// A sentence.
    Unknown(String),
}

impl View<'_> {
    /// The machine in whose modules a function stands, where it is only one.
    pub(super) fn only_machine_of(&self, head: Span) -> Option<&Machine> {
        let mut machines = self.network.machines.iter().filter(|it| it.functions.contains(&head));
        machines.next().filter(|_| machines.next().is_none()).map(AsRef::as_ref)
    }

    pub(super) fn config_of(&self, eval: &mut Evaluator, machine: &Machine) -> Value {
        let mut options = BTreeMap::new();
        for definition in &machine.definitions {
            let path: Vec<&str> = definition.path.iter().map(AsRef::as_ref).collect();
            // What this text does not name nobody asks for here.
            let asked = path.iter().all(|name| self.text.contains(name));
            if asked && !path.is_empty() {
                put(&mut options, &path, self.option_of(machine, &path));
            }
        }
        made(eval, "config", options)
    }

    fn option_of(&self, machine: &Machine, path: &[&str]) -> Node {
        let account = self.network.account(machine, path);
        match &account.setting {
            Setting::Known(_) => {
                let written = account.written();
                // What Nix could not read is only for people.
                if written.contains(['«', '…']) || account.partly_unknown().is_some() {
                    return Node::Unknown("not all of it is known".to_owned());
                }
                Node::Known(written)
            }
            Setting::Unknown(why) => Node::Unknown(why.sentence(|at| self.network.sources().place(at))),
            Setting::Unset => Node::Unknown("no module here certainly sets it".to_owned()),
        }
    }
}

fn put(options: &mut BTreeMap<String, Node>, path: &[&str], option: Node) {
    let Some((name, rest)) = path.split_first() else { return };
    let twice = || Node::Unknown("it is set as a whole and in parts".to_owned());
    if rest.is_empty() {
        let put = match options.get(*name) {
            Some(Node::Group(_)) => twice(),
            _ => option,
        };
        options.insert((*name).to_owned(), put);
        return;
    }
    match options.entry((*name).to_owned()).or_insert_with(|| Node::Group(BTreeMap::new())) {
        Node::Group(inside) => put(inside, rest, option),
        other => *other = twice(),
    }
}

fn made(eval: &mut Evaluator, way: &str, options: BTreeMap<String, Node>) -> Value {
    let mut values: Vec<(String, Value)> = Vec::with_capacity(options.len());
    for (name, node) in options {
        let below = format!("{way}.{name}");
        let value = match node {
            Node::Group(inside) => made(eval, &below, inside),
            Node::Known(text) => eval.eval_text(&format!("<{below}>"), &text),
            Node::Unknown(why) => eval.make_unknown(Reason::Told(why), None),
        };
        values.push((name, value));
    }
    let more = Reason::Told("NixOS' own modules are not at hand".to_owned());
    let open = eval.add_unknown(more, None);
    eval.make_open_attrs(values.iter().map(|(name, value)| (name.as_str(), *value)), Some(open))
}
