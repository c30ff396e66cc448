//! Watched sets that reach a module under another name: as an argument of the network's own, whole or in part.

use super::{Attribute, AttrsView, Evaluator};
use crate::value::{AttrsId, Value};

/// Arguments of modules that are never such a set, and dear to look into.
const NEVER: [&str; 6] = ["config", "lib", "modulesPath", "name", "options", "pkgs"];

impl Evaluator {
    /// Evaluates the arguments by which a watched set may be reached. Those that are a part of one, whose attributes are
    /// attributes of it by name and value, come with the number of the set.
    pub(super) fn parts_handed_on(&mut self, argument: Value, watched: &[AttrsId]) -> Vec<(AttrsId, usize)> {
        let Ok(arguments) = self.attrs(argument) else { return Vec::new() };
        let mut parts = Vec::new();
        for argument in arguments.attributes {
            if NEVER.contains(&self.name(argument.name)) {
                continue;
            }
            let Ok(Value::Attrs(set)) = self.force(argument.value) else { continue };
            if watched.contains(&set) {
                continue;
            }
            let Ok(part) = self.attrs(Value::Attrs(set)) else { continue };
            let whole = (0..watched.len()).find(|number| self.is_part(&part, watched[*number]));
            parts.extend(whole.map(|number| (set, number)));
        }
        parts
    }

    fn is_part(&mut self, part: &AttrsView, whole: AttrsId) -> bool {
        let is_of_it = |it: &Attribute| {
            let Some(own) = self.heap.find(whole, it.name).map(|it| it.value) else { return false };
            own == it.value
                || matches!((self.force(own), self.force(it.value)), (Ok(own), Ok(it)) if own == it)
        };
        !part.attributes.is_empty() && part.attributes.iter().all(is_of_it)
    }

    /// Whether a set has an attribute of this name.
    pub(super) fn find_named(&mut self, set: AttrsId, name: &str) -> bool {
        let name = self.intern(name);
        self.heap.find(set, name).is_some()
    }
}
