//! Definitions that met no declaration, found for the message that says so and for freeform types.

use std::sync::{Arc, PoisonError};

use super::tree::{Level, Node, Raw};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::Stop;

/// A definition that met no declaration.
#[derive(Clone, Debug)]
pub(super) struct Unmatched {
    pub(super) path: Vec<Sym>,
    pub(super) raw: Raw,
}

impl Level {
    /// Definitions that met no declaration, in the order of their names.
    pub(super) fn unmatched(self: &Arc<Self>, eval: &mut Evaluator) -> Evaluated<Vec<Unmatched>> {
        let mut found = Vec::new();
        self.find_unmatched(eval, &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    fn find_unmatched(
        self: &Arc<Self>,
        eval: &mut Evaluator,
        path: &mut Vec<Sym>,
        found: &mut Vec<Unmatched>,
    ) -> Evaluated<()> {
        let definitions = self.definitions(eval)?;
        if !definitions.any {
            return Ok(());
        }
        // Which names are defined is part of the answer.
        if let Some(open) = definitions.open.first() {
            return Err(Stop::Unknown(open.why));
        }
        let mut names: Vec<Sym> = definitions.by_name.keys().copied().collect();
        let declared = self.declarations(eval)?;
        names.retain(|name| !declared.contains_key(name) || !self.is_known_option(*name));
        let is_single = names.len() < 2;
        if !is_single {
            names.sort_by(|a, b| eval.name(*a).cmp(eval.name(*b)));
        }
        for name in names {
            path.push(name);
            match self.node(eval, name)? {
                Some(Node::Option(_)) => {}
                Some(Node::Group(level)) => {
                    level.find_unmatched(eval, path, found)?;
                }
                None => {
                    for raw in &definitions.by_name[&name] {
                        found.push(Unmatched { path: path.clone(), raw: *raw });
                    }
                }
            }
            path.pop();
        }
        Ok(())
    }

    fn is_known_option(&self, name: Sym) -> bool {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(nodes.get(&name), Some(Node::Option(_)))
    }
}
