//! From the way to a place in a file to what it means: the machine it belongs to, and the option whose name or value
//! stands there. Goes by names, so that it holds while the network is older than the text.

use super::View;
use super::option_tree::Part;
use super::outline::Segment;

/// A place in the module of a machine, or in one that machines share.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OptionPlace {
    /// The machine in whose own module it stands.
    pub(super) machine: Option<String>,
    pub(super) path: Vec<Part>,
}

/// Functions that make a machine of modules.
const MAKERS: [&str; 3] = ["nixosSystem", "makeHive", "evalModules"];

impl View<'_> {
    /// Whether this file is one of those that the network is read from.
    pub(super) fn is_network_file(&self) -> bool {
        let sources = self.network.sources();
        self.network.inputs.iter().any(|it| sources.path(it.file) == self.path)
    }

    /// Whether a machine of this name is known.
    pub(super) fn has_machine(&self, name: &str) -> bool {
        self.network.machine(name).is_some()
    }

    /// How many segments of a way lead to a machine, its name included; nothing where it leads to none.
    pub(super) fn machine_depth(&self, way: &[Segment]) -> Option<usize> {
        let dialect = self.network.dialect;
        let no_machine = |it: &str| {
            dialect.reserved().contains(&it)
                || matches!(it, "network" | "defaults" | "resources" | "require" | "meta")
        };
        if self.path.ends_with("flake.nix") {
            let is_machine = |it: &Segment| matches!(it, Segment::Name(name) if self.has_machine(name));
            return way.iter().position(is_machine).map(|it| it + 1);
        }
        match way.first()? {
            Segment::Name(name) if !no_machine(name) => Some(1),
            _ => None,
        }
    }

    /// The place among options that a way leads to, if it leads there.
    pub(super) fn option_place(&self, way: &[Segment]) -> Option<OptionPlace> {
        let local = way.iter().rposition(|it| *it == Segment::Local);
        // A module may be what a `let` defines.
        let (mut rest, in_let) = match local {
            Some(at) => (way.get(at + 2..)?, true),
            None => (way, false),
        };
        let mut machine = None;
        if !in_let && self.is_network_file() {
            if let Some(Segment::Name(first)) = rest.first()
                && first == "defaults"
            {
                rest = &rest[1..];
            } else {
                let depth = self.machine_depth(rest)?;
                if let Segment::Name(name) = &rest[depth - 1] {
                    machine = Some(name.clone());
                }
                rest = &rest[depth..];
            }
        }
        loop {
            rest = match rest {
                [Segment::Call(function), rest @ ..] if MAKERS.contains(&function.as_str()) => rest,
                [Segment::Name(name), Segment::Element, rest @ ..]
                    if matches!(name.as_str(), "modules" | "imports") =>
                {
                    rest
                }
                [Segment::Element, rest @ ..] => rest,
                [Segment::Name(name), rest @ ..] if name == "config" && !rest.is_empty() => rest,
                _ => break,
            };
        }
        let path: Option<Vec<Part>> = rest
            .iter()
            .map(|it| match it {
                Segment::Name(name) => Some(Part::Name(name.clone())),
                Segment::Computed => Some(Part::Computed),
                Segment::Element => Some(Part::Element),
                Segment::Call(_) | Segment::Local | Segment::Inside => None,
            })
            .collect();
        Some(OptionPlace { machine, path: path? })
    }
}

impl OptionPlace {
    /// The names alone, as far as all of them are names.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        let name = |it: &Part| matches!(it, Part::Name(_));
        self.path.iter().all(name).then(|| self.leading_names())
    }

    /// The names up to the first that is computed, or an element.
    pub(super) fn leading_names(&self) -> Vec<&str> {
        let names = self.path.iter().map_while(|it| match it {
            Part::Name(name) => Some(name.as_str()),
            Part::Computed | Part::Element => None,
        });
        names.collect()
    }

    /// As people write it: `services.x.<name>.y`.
    pub(super) fn shown(&self) -> String {
        let shown: Vec<String> = self
            .path
            .iter()
            .map(|it| match it {
                Part::Name(name) => crate::eval::written_name(name),
                Part::Computed => "<name>".to_owned(),
                Part::Element => "*".to_owned(),
            })
            .collect();
        shown.join(".")
    }
}
