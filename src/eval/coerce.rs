//! Coercions: to strings, to paths, `+`, arithmetic, and the errors when a value has the wrong type.

use super::contexts::{Element, Gathered};
use super::core::LONGEST_STRING;
use super::{Doing, Evaluated, Evaluator, What};
use crate::syntax::{BinaryOp, ExprId, Sym};
use crate::value::{
    AttrsId, ErrorKind, Kind, Like, ListId, Reason, Stop, StringId, Unknown, UnknownId, Value,
};

/// What a name costs in the table of names, apart from its text.
const NAME: usize = 96;

impl Evaluator {
    pub(super) fn kind_of(&self, value: Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::String(_) => Kind::String,
            Value::Path(_) => Kind::Path,
            Value::List(_) => Kind::List,
            Value::Attrs(_) => Kind::Attrs,
            Value::Lambda { .. } | Value::Builtin(_) | Value::Partial(_) | Value::Native(_) => Kind::Function,
            Value::Thunk(_) | Value::Unknown(_) => Kind::Unknown,
        }
    }

    pub(super) fn type_error<T>(&mut self, at: Option<ExprId>, wanted: &str, found: Value) -> Evaluated<T> {
        if let Value::Unknown(id) = found {
            return Err(Stop::Unknown(id));
        }
        let shown = self.shown(found);
        self.fail(ErrorKind::Type, at, format!("expected {wanted}, found {shown}"))
    }

    /// A value in a message: its kind, and its content if that is short.
    pub(super) fn shown(&self, value: Value) -> String {
        match value {
            Value::Bool(bool) => format!("the Boolean {bool}"),
            Value::Int(int) => format!("the integer {int}"),
            Value::String(id) if self.heap.bytes(id).len() <= 60 => {
                format!("the string {:?}", String::from_utf8_lossy(self.heap.bytes(id)))
            }
            Value::Path(id) => format!("the path {}", String::from_utf8_lossy(self.heap.bytes(id))),
            other => self.kind_of(other).with_article().to_owned(),
        }
    }

    pub(super) fn symbol_string(&mut self, sym: Sym) -> StringId {
        let at = sym.0 as usize;
        if let Some(Some(id)) = self.symbol_strings.get(at) {
            return *id;
        }
        if self.symbol_strings.len() <= at {
            self.symbol_strings.resize(at + 1, None);
        }
        let name = self.symbols.shared(sym);
        let id = self.heap.string(name.as_bytes());
        self.symbol_strings[at] = Some(id);
        self.remember_name(id, sym);
        id
    }

    /// Names that are strings are looked up once.
    fn remember_name(&mut self, id: StringId, sym: Sym) {
        let at = id.0 as usize;
        if self.string_symbols.len() <= at {
            self.heap.elsewhere += (at + 1 - self.string_symbols.len()) * size_of::<Option<Sym>>();
            self.string_symbols.resize(at + 1, None);
        }
        self.string_symbols[at] = Some(sym);
    }

    /// The name that a string is. Unknown if its bytes are no text.
    pub(super) fn name_of(&mut self, id: StringId) -> Evaluated<Sym> {
        if let Some(Some(sym)) = self.string_symbols.get(id.0 as usize) {
            return Ok(*sym);
        }
        self.known_text(id)?;
        let sym = self.string_symbol(id);
        self.remember_name(id, sym);
        Ok(sym)
    }

    fn string_symbol(&mut self, id: StringId) -> Sym {
        let before = self.symbols.len();
        let sym = match std::str::from_utf8(self.heap.bytes(id)) {
            Ok(text) => self.symbols.intern(text),
            Err(_) => {
                let text = self.text(id);
                self.symbols.intern(&text)
            }
        };
        if self.symbols.len() > before {
            self.heap.elsewhere += self.heap.bytes(id).len() + NAME;
        }
        sym
    }

    /// The text of a string; unknown if its bytes are no UTF-8, which characters would not stand for.
    pub(super) fn known_text(&mut self, id: StringId) -> Evaluated<String> {
        // Whoever asks looks at every byte.
        self.room(self.heap.bytes(id).len(), 1)?;
        match std::str::from_utf8(self.heap.bytes(id)) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => self.unknown_here(Reason::Told("the bytes of this string are no text".to_owned())),
        }
    }

    /// The text of a string that refers to nothing in the store and is a text.
    pub(crate) fn plain_text(&self, id: StringId) -> Option<String> {
        let refers = !self.heap.contexts.elements(self.heap.contexts.of(id)).is_empty();
        let bytes = (!refers).then(|| self.heap.bytes(id))?;
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }

    /// The text of a string, to be shown; bytes that are no UTF-8 are replaced.
    pub(super) fn text(&self, id: StringId) -> String {
        String::from_utf8_lossy(self.heap.bytes(id)).into_owned()
    }

    /// Refuses a string that refers to the store, where Nix needs one that does not. Whether an uncertain one does is
    /// not asked: if it did, nothing would be deployed.
    pub(super) fn no_context(&mut self, at: Option<ExprId>, id: StringId) -> Evaluated<()> {
        let elements = self.heap.contexts.elements(self.heap.contexts.of(id));
        let Some(first) = elements.iter().find(|element| !matches!(element, Element::Unsure(_))) else {
            return Ok(());
        };
        let path = match first {
            Element::Path(path) | Element::Deep(path) | Element::Built { derivation: path, .. } => {
                self.symbols.name(*path).to_owned()
            }
            Element::Unsure(_) => return Ok(()),
        };
        let text = self.text(id);
        let message = format!("the string {text:?} must not refer to a store path (such as `{path}`)");
        self.fail(ErrorKind::Invalid, at, message)
    }

    /// Nor can a path hold something that refers to the store.
    pub(super) fn not_in_path(&mut self, at: Option<ExprId>, id: StringId) -> Evaluated<()> {
        match self.heap.contexts.elements(self.heap.contexts.of(id)).first() {
            None | Some(Element::Unsure(_)) => Ok(()),
            Some(_) => {
                let message = "a string that refers to a store path cannot be appended to a path";
                self.fail(ErrorKind::Invalid, at, message)
            }
        }
    }

    /// Does something for an expression, so that it is where trouble is placed.
    fn at_expr<T>(&mut self, expr: ExprId, inside: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        self.doing.push(Doing { expr, what: What::Call });
        let result = inside(self);
        self.doing.pop();
        result
    }

    /// What `"${value}"` gives.
    pub(super) fn coerce_interpolated(&mut self, at: ExprId, value: Value) -> Evaluated<StringId> {
        self.coerce(Some(at), value, false, true)
    }

    pub(super) fn coerce_to_path_text(&mut self, at: ExprId, value: Value) -> Evaluated<StringId> {
        self.coerce(Some(at), value, false, false)
    }

    /// A value as a string. `more` allows what `toString` allows; `copy` makes paths store paths.
    pub(super) fn coerce(
        &mut self,
        at: Option<ExprId>,
        value: Value,
        more: bool,
        copy: bool,
    ) -> Evaluated<StringId> {
        match self.force(value)? {
            Value::String(id) => Ok(id),
            Value::Path(id) => {
                let path = self.text(id);
                if !self.is_in_flake(&path) {
                    return match (copy, at) {
                        (false, _) => Ok(id),
                        (true, Some(expr)) => self.at_expr(expr, |this| this.copied(&path)),
                        (true, None) => self.copied(&path),
                    };
                }
                // Nix has the file in the store already, below a name that depends on all of the flake.
                let reason = Reason::StorePath(format!("`{path}`"));
                let span = at.map_or_else(|| self.here(), |expr| self.program.span(expr));
                let like = Like::CopyOf(path.into());
                let unknown = Unknown { reason, span: Some(span), because: None, like };
                Err(Stop::Unknown(self.intern_unknown(unknown)))
            }
            Value::Attrs(set) => self.nested(|this| this.coerce_set(at, set, more, copy)),
            Value::Int(int) if more => Ok(self.heap.integer(int)),
            Value::Float(float) if more => Ok(self.heap.string(format!("{float:.6}"))),
            Value::Bool(bool) if more => Ok(self.heap.string(if bool { "1" } else { "" })),
            Value::Null if more => Ok(self.heap.string("")),
            Value::List(list) if more => self.nested(|this| this.coerce_list(at, list, copy)),
            other => {
                let shown = self.shown(other);
                self.fail(ErrorKind::Type, at, format!("cannot make a string of {shown}"))
            }
        }
    }

    fn coerce_set(
        &mut self,
        at: Option<ExprId>,
        set: AttrsId,
        more: bool,
        copy: bool,
    ) -> Evaluated<StringId> {
        let open = self.open_for(set, self.names.to_string);
        if let Some(to_string) = self.heap.find(set, self.names.to_string) {
            let value = self.call(to_string.value, Value::Attrs(set))?;
            return self.coerce(at, value, more, copy);
        }
        if let Some(open) = open {
            // Unknown either way; the path may be one that is recognised.
            let path = self.heap.find(set, self.names.out_path).map(|it| self.force(it.value));
            return Err(match path {
                Some(Err(Stop::Unknown(why))) if self.unknown(why).like.is_place() => Stop::Unknown(why),
                _ => Stop::Unknown(open),
            });
        }
        match self.heap.find(set, self.names.out_path) {
            Some(path) => self.coerce(at, path.value, more, copy),
            None => self.fail(ErrorKind::Type, at, "cannot make a string of a set"),
        }
    }

    fn coerce_list(&mut self, at: Option<ExprId>, list: ListId, copy: bool) -> Evaluated<StringId> {
        if let Some(open) = self.heap.lists[list.0 as usize].open {
            return Err(Stop::Unknown(open));
        }
        let mut text = Vec::new();
        let mut context = Gathered::default();
        let len = self.heap.list_len(list);
        for number in 0..len {
            let item = self.heap.item(list, number);
            let item = self.force(item)?;
            let empty_list = matches!(item, Value::List(inner) if self.heap.list_len(inner) == 0);
            let id = self.coerce(at, item, true, copy)?;
            if text.len() + self.heap.bytes(id).len() > LONGEST_STRING {
                return self.unknown_here(Reason::Fuel);
            }
            self.room(self.heap.bytes(id).len(), 3)?;
            text.extend_from_slice(self.heap.bytes(id));
            context.add(self.heap.contexts.of(id));
            // Nix writes no space after an empty list.
            if number + 1 < len && !empty_list {
                text.push(b' ');
            }
        }
        Ok(self.heap.string_with(&text, &context))
    }

    /// `+`, the left operand forced.
    pub(super) fn add(
        &mut self,
        expr: ExprId,
        left: Value,
        right: ExprId,
        env: crate::value::EnvId,
    ) -> Evaluated {
        match left {
            Value::Int(_) | Value::Float(_) => {
                let right = self.eval(right, env)?;
                self.add_to_number(expr, left, right)
            }
            Value::Path(path) => {
                let value = self.eval(right, env)?;
                let id = match value {
                    Value::Path(id) => id,
                    value => self.coerce_to_path_text(right, value)?,
                };
                self.not_in_path(Some(right), id)?;
                self.room(self.heap.bytes(path).len() + self.heap.bytes(id).len(), 4)?;
                let leads_up = self.heap.bytes(id).windows(2).any(|it| it == b"..");
                let joined = self.heap.concat(path, id);
                let path = super::paths::canonical(&self.known_text(joined)?);
                if leads_up {
                    self.detour(std::path::Path::new(&path));
                }
                Ok(Value::Path(self.heap.string(path)))
            }
            left => {
                let text = match self.coerce(Some(expr), left, false, true) {
                    Err(Stop::Unknown(why)) => return self.place_plus(why, right, env),
                    other => other?,
                };
                let value = self.eval(right, env)?;
                let more = self.coerce_interpolated(right, value)?;
                if self.heap.bytes(text).len() + self.heap.bytes(more).len() > LONGEST_STRING {
                    return self.unknown_here(Reason::Fuel);
                }
                self.room(self.heap.bytes(text).len() + self.heap.bytes(more).len(), 1)?;
                Ok(Value::String(self.heap.concat(text, more)))
            }
        }
    }

    /// `+`, both operands forced and the left one a number.
    pub(super) fn add_to_number(&mut self, expr: ExprId, left: Value, right: Value) -> Evaluated {
        Ok(match self.arithmetic(Some(expr), BinaryOp::Add, left, right)? {
            // Nix begins with zero, so that two zeros below zero are one above it.
            Value::Float(sum) => Value::Float(sum + 0.0),
            sum => sum,
        })
    }

    /// `+` behind something unknown: the place of a file in a source stays recognisable.
    pub(super) fn place_plus(
        &mut self,
        why: UnknownId,
        right: ExprId,
        env: crate::value::EnvId,
    ) -> Evaluated {
        if !self.unknown(why).like.is_place() {
            return Err(Stop::Unknown(why));
        }
        let value = self.eval(right, env)?;
        let id = self.coerce_to_path_text(right, value)?;
        let more = self.text(id);
        Err(Stop::Unknown(self.place_below(why, &more)))
    }

    /// The place that a text behind the text of another place names.
    pub(super) fn place_below(&mut self, why: UnknownId, more: &str) -> UnknownId {
        let unknown = self.unknown(why).clone();
        let like = match &unknown.like {
            Like::CopyOf(path) => {
                Like::CopyOf(super::paths::canonical(&format!("{}{more}", path.display())).into())
            }
            Like::NixpkgsPath(path) => {
                let path = super::paths::canonical(&format!("/{path}{more}"));
                Like::NixpkgsPath(path.trim_start_matches('/').to_owned())
            }
            Like::Project(project) if more.is_empty() => Like::Project(*project),
            _ => Like::String,
        };
        self.intern_unknown(Unknown { like, ..unknown })
    }

    pub(super) fn arithmetic(&mut self, at: Option<ExprId>, op: BinaryOp, a: Value, b: Value) -> Evaluated {
        if let (Value::Int(a), Value::Int(b)) = (a, b) {
            return match checked(op, a, b) {
                Some(int) => Ok(Value::Int(int)),
                None => self.no_integer(at, op, a, b),
            };
        }
        let (a, b) = (self.number(at, a)?, self.number(at, b)?);
        Ok(Value::Float(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Subtract => a - b,
            BinaryOp::Multiply => a * b,
            _ if b == 0.0 => return self.fail(ErrorKind::DivisionByZero, at, "division by zero"),
            _ => a / b,
        }))
    }

    /// The same for two integers.
    #[inline]
    pub(super) fn integers(&mut self, at: ExprId, op: BinaryOp, a: i64, b: i64) -> Evaluated {
        match checked(op, a, b) {
            Some(int) => Ok(Value::Int(int)),
            None => self.no_integer(Some(at), op, a, b),
        }
    }

    /// Why an operation on integers gives none.
    #[cold]
    fn no_integer(&mut self, at: Option<ExprId>, op: BinaryOp, a: i64, b: i64) -> Evaluated {
        let verb = match op {
            BinaryOp::Add => "adding",
            BinaryOp::Subtract => "subtracting",
            BinaryOp::Multiply => "multiplying",
            _ if b == 0 => return self.fail(ErrorKind::DivisionByZero, at, "division by zero"),
            _ => "dividing",
        };
        self.fail(ErrorKind::Overflow, at, format!("integer overflow in {verb} {a} and {b}"))
    }

    #[expect(clippy::cast_precision_loss, reason = "Nix converts the same way")]
    fn number(&mut self, at: Option<ExprId>, value: Value) -> Evaluated<f64> {
        match value {
            Value::Int(int) => Ok(int as f64),
            Value::Float(float) => Ok(float),
            other => self.type_error(at, "a number", other),
        }
    }
}

/// The integer that an operation on two gives, if there is one.
#[inline]
fn checked(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        _ => a.checked_div(b),
    }
}
