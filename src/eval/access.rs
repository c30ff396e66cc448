//! Looking into values from outside: each question forces what it names and nothing more.

use super::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::text::Span;
use crate::value::{ErrorKind, Kind, PositionId, Stop, UnknownId, Value};

/// One attribute as a caller sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    pub name: Sym,
    /// Possibly still a thunk: force it.
    pub value: Value,
    /// Where the name was written, if a text defines it.
    pub defined: Option<Span>,
    /// The expression that was given to it.
    pub given: Option<Span>,
    pub position: PositionId,
}

/// The attributes of a set, in the order of their names.
#[derive(Clone, Debug)]
pub struct AttrsView {
    pub attributes: Vec<Attribute>,
    /// Why there may be more than these.
    pub open: Option<UnknownId>,
}

/// The elements of a list. If it is open there may be more, anywhere between them.
#[derive(Clone, Debug)]
pub struct ListView {
    pub items: Vec<Value>,
    pub open: Option<UnknownId>,
}

impl Evaluator {
    /// The kind of a value, forced; errors and unknown are kinds here.
    pub fn kind(&mut self, value: Value) -> Kind {
        match self.force(value) {
            Ok(value) => self.kind_of(value),
            Err(Stop::Error(_)) => Kind::Error,
            Err(Stop::Unknown(_)) => Kind::Unknown,
        }
    }

    /// The attributes of a value that must be a set.
    pub fn attrs(&mut self, value: Value) -> Evaluated<AttrsView> {
        match self.force(value)? {
            Value::Attrs(set) => {
                let open = self.heap.open(set);
                let attributes = self.by_name(set).into_iter().map(|attr| self.attribute(attr)).collect();
                Ok(AttrsView { attributes, open })
            }
            other => self.type_error(None, "a set", other),
        }
    }

    fn attribute(&self, attr: crate::value::Attr) -> Attribute {
        let at = self.defined_at(attr.position);
        Attribute {
            name: attr.name,
            value: attr.value,
            defined: at.map(|(name, _)| name),
            given: at.and_then(|(_, value)| value),
            position: attr.position,
        }
    }

    /// One attribute with its place, not forced; `None` if the set certainly does not have it.
    pub fn attr_named(&mut self, value: Value, name: &str) -> Evaluated<Option<Attribute>> {
        let set = match self.force(value)? {
            Value::Attrs(set) => set,
            other => return self.type_error(None, "a set", other),
        };
        let name = self.symbols.intern(name);
        match (self.heap.find(set, name), self.open_for(set, name)) {
            (Some(attr), _) => Ok(Some(self.attribute(attr))),
            (None, Some(open)) => {
                let value = self.answer(set, name, open)?;
                Ok(Some(Attribute { name, value, defined: None, given: None, position: PositionId::NONE }))
            }
            (None, None) => Ok(None),
        }
    }

    /// One attribute, forced. A missing one is an error.
    pub fn select(&mut self, value: Value, name: &str) -> Evaluated {
        let value = self.force(value)?;
        let name = self.symbols.intern(name);
        self.select_name(value, name, None)
    }

    /// The elements of a value that must be a list.
    pub fn list(&mut self, value: Value) -> Evaluated<ListView> {
        match self.force(value)? {
            Value::List(list) => {
                let open = self.heap.lists[list.0 as usize].open;
                Ok(ListView { items: self.heap.items(list).to_vec(), open })
            }
            other => self.type_error(None, "a list", other),
        }
    }

    /// The text of a value that must be a string.
    pub fn string(&mut self, value: Value) -> Evaluated<String> {
        match self.force(value)? {
            Value::String(id) => Ok(self.text(id)),
            other => self.type_error(None, "a string", other),
        }
    }

    /// The text of a value that must be a path.
    pub fn path(&mut self, value: Value) -> Evaluated<String> {
        match self.force(value)? {
            Value::Path(id) => Ok(self.text(id)),
            other => self.type_error(None, "a path", other),
        }
    }

    pub fn bool(&mut self, value: Value) -> Evaluated<bool> {
        match self.force(value)? {
            Value::Bool(bool) => Ok(bool),
            other => self.type_error(None, "a Boolean", other),
        }
    }

    pub fn int(&mut self, value: Value) -> Evaluated<i64> {
        match self.force(value)? {
            Value::Int(int) => Ok(int),
            other => self.type_error(None, "an integer", other),
        }
    }

    /// Whether something can be called: a function, or a set with `__functor`.
    pub fn is_function(&mut self, value: Value) -> Evaluated<bool> {
        Ok(match self.force(value)? {
            Value::Attrs(set) => match (self.heap.find(set, self.names.functor), self.heap.open(set)) {
                (Some(_), _) => true,
                (None, Some(open)) => return Err(Stop::Unknown(open)),
                (None, None) => false,
            },
            other => self.kind_of(other) == Kind::Function,
        })
    }

    /// The arguments that a function's pattern names, and whether each has a default. `None` for functions without
    /// a pattern.
    pub fn function_arguments(&mut self, value: Value) -> Evaluated<Option<Vec<(Sym, bool)>>> {
        match self.force(value)? {
            Value::Lambda { lambda, .. } => {
                let formals = self.program.lambdas[lambda as usize].formals;
                Ok(formals.map(|range| {
                    let formals = &self.program.formals[range.indices()];
                    formals.iter().map(|formal| (formal.sym, formal.default.is_some())).collect()
                }))
            }
            Value::Builtin(_) | Value::Partial(_) | Value::Native(_) | Value::Attrs(_) => Ok(None),
            other => self.type_error(None, "a function", other),
        }
    }

    /// Forces a value and everything inside of it; the first stop met, errors before unknowns.
    pub fn force_deep(&mut self, value: Value) -> Evaluated {
        let forced = self.force(value)?;
        let mut unknown = None;
        self.deep(forced, &mut rustc_hash::FxHashSet::default(), &mut unknown)?;
        unknown.map_or(Ok(forced), |why| Err(Stop::Unknown(why)))
    }

    fn deep(
        &mut self,
        value: Value,
        seen: &mut rustc_hash::FxHashSet<(bool, u32)>,
        unknown: &mut Option<UnknownId>,
    ) -> Evaluated<()> {
        let (inside, open) = match value {
            Value::List(list) if seen.insert((true, list.0)) => {
                (self.heap.items(list).to_vec(), self.heap.lists[list.0 as usize].open)
            }
            Value::Attrs(set) if seen.insert((false, set.0)) => {
                (self.by_name(set).into_iter().map(|attr| attr.value).collect(), self.heap.open(set))
            }
            _ => return Ok(()),
        };
        *unknown = unknown.or(open);
        for value in inside {
            let done = self.nested_part(|this| {
                let value = this.force(value)?;
                this.deep(value, seen, unknown)
            });
            match done {
                Err(Stop::Unknown(why)) => {
                    self.doubts += 1;
                    *unknown = Some(why);
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Makes an error with a message of the caller's, at a place of the caller's.
    pub fn make_error<T>(&mut self, kind: ErrorKind, span: Span, message: impl Into<String>) -> Evaluated<T> {
        self.fail_at(kind, span, message)
    }
}
