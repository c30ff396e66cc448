//! Open sets that know more than they list: whether they have a name is decided when somebody asks for it.
//!
//! Nothing else has to know of that: who makes another set of such a set, or lists its names, sees an open set.

use std::sync::Arc;

use super::{Evaluated, Evaluator};
use crate::syntax::{Expr, Sym};
use crate::value::{Attr, AttrsId, Stop, ThunkId, UnknownId, Value};

use super::heap::Thunk;

/// Gives the value of a name that a set does not list but certainly has, or says why that is not known.
pub(super) type Answer = Arc<dyn Fn(&mut Evaluator, Sym) -> Evaluated + Send + Sync>;

impl Evaluator {
    /// A set that may have more attributes than these, of which `answer` gives those that it certainly has.
    pub fn make_answering_attrs(
        &mut self,
        attrs: Vec<Attr>,
        open: UnknownId,
        answer: impl Fn(&mut Evaluator, Sym) -> Evaluated + Send + Sync + 'static,
    ) -> Value {
        let set = self.make_attrs_at(attrs, Some(open));
        if let Value::Attrs(id) = set {
            self.answers.insert(id, Arc::new(answer));
            self.heap.keep();
        }
        set
    }

    /// What an open set says of a name that it does not list.
    pub(super) fn answer(&mut self, set: AttrsId, name: Sym, open: UnknownId) -> Evaluated {
        match self.answers.get(&set).cloned() {
            Some(answer) => answer(self, name),
            None => Err(Stop::Unknown(open)),
        }
    }

    /// Whether a value is no set with this name in it, as far as that can be seen without evaluating anything.
    pub fn plainly_lacks(&self, value: Value, name: Sym) -> bool {
        match value {
            Value::Thunk(ThunkId(id)) => match self.heap.thunks[id as usize] {
                Thunk::Done(value) => self.plainly_lacks(value, name),
                Thunk::Code { expr, .. } => match self.program.exprs[expr.0 as usize] {
                    Expr::Attrs(set) => {
                        let shape = &self.program.sets[set as usize];
                        let entries = &self.program.entries[shape.entries.indices()];
                        shape.dynamics.len == 0
                            && shape.overrides.is_none()
                            && entries.iter().all(|entry| entry.name != name)
                    }
                    Expr::List(_) | Expr::Interpolation { .. } => true,
                    _ => false,
                },
                _ => false,
            },
            Value::Attrs(set) => self.heap.open(set).is_none() && self.heap.find(set, name).is_none(),
            Value::Unknown(_) => false,
            _ => true,
        }
    }
}
