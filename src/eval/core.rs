//! Evaluates expressions: one function that copies a node and acts, thunks, and the bounds.
//!
//! An evaluated value is never a thunk and never unknown: [`Stop::Unknown`] travels the same way as errors, so that
//! whatever is strict in an unknown value is unknown. Who knows better (`if`, `//`, `?`, `assert`) catches it.

use super::budget::COPY;
use super::heap::{Deferred, Part, Thunk, handle};
use super::nesting::DEEPEST_EVALUATION;
use super::{Evaluated, Evaluator};
use crate::syntax::{AttrName, BinaryOp, Expr, ExprId, Range};
use crate::value::{EnvId, ErrorKind, Reason, Stop, ThunkId, Unknown, Value};

impl Evaluator {
    /// The weak head normal form of a value, or why there is none.
    #[inline]
    pub fn force(&mut self, value: Value) -> Evaluated {
        match value {
            Value::Thunk(id) => match self.heap.thunks[id.0 as usize] {
                Thunk::Done(Value::Unknown(id)) => Err(Stop::Unknown(id)),
                Thunk::Done(value) => Ok(value),
                _ => self.force_thunk(id),
            },
            Value::Unknown(id) => Err(Stop::Unknown(id)),
            value => Ok(value),
        }
    }

    pub(super) fn force_thunk(&mut self, id: ThunkId) -> Evaluated {
        let slot = id.0 as usize;
        let before = self.heap.thunks[slot];
        let doubts = self.doubts;
        let result = match before {
            Thunk::Done(Value::Unknown(id)) => return Err(Stop::Unknown(id)),
            Thunk::Done(value) => return Ok(value),
            Thunk::Failed(error) => return Err(Stop::Error(error)),
            Thunk::Doubtful(number) => {
                self.doubts += 1;
                return self.heap.doubtful[number as usize].map_err(Stop::Error);
            }
            Thunk::Black { may } => return self.infinite_recursion(may, None),
            Thunk::Code { expr, env } => {
                self.heap.thunks[slot] = Thunk::Black { may: self.may };
                self.eval(expr, env)
            }
            Thunk::Inherited { from, name } => {
                self.heap.thunks[slot] = Thunk::Black { may: self.may };
                self.nested(|this| {
                    let base = this.force_thunk(from)?;
                    this.select_name(base, name, None)
                })
            }
            Thunk::Deferred(number) => {
                self.heap.thunks[slot] = Thunk::Black { may: self.may };
                self.nested(|this| this.run_deferred(number, 0))
            }
            Thunk::Element { of, at } => {
                self.heap.thunks[slot] = Thunk::Black { may: self.may };
                self.nested(|this| this.run_deferred(of, at))
            }
        };
        if let Ok(value) = result {
            self.heap.lasts(id, value);
        }
        self.heap.thunks[slot] = match result {
            Ok(value) if self.doubts != doubts => self.heap.doubt(Ok(value)),
            Err(Stop::Error(error)) if self.doubts != doubts => self.heap.doubt(Err(error)),
            Ok(value) => Thunk::Done(value),
            Err(Stop::Unknown(id)) => Thunk::Done(Value::Unknown(id)),
            Err(Stop::Error(error)) => Thunk::Failed(error),
        };
        result
    }

    /// A value asked for itself. It is an error only if no unknown condition lies between.
    fn infinite_recursion(&mut self, may: u32, at: Option<ExprId>) -> Evaluated {
        if self.may > may {
            return self.unknown_here(Reason::Branch);
        }
        self.fail(ErrorKind::InfiniteRecursion, at, "infinite recursion encountered")
    }

    /// Does what was put off; `at` is the place or number of an element.
    fn run_deferred(&mut self, number: u32, at: u32) -> Evaluated {
        match self.heap.deferred[number as usize] {
            Deferred::Apply { function, argument } => self.call(function, argument),
            Deferred::Apply2 { function, first, second } => {
                let function = self.call(function, first)?;
                self.call(function, second)
            }
            Deferred::Map { function } => self.call(function, self.heap.items[at as usize]),
            Deferred::Generate { function } => self.call(function, Value::Int(i64::from(at))),
            Deferred::MapAttrs { function } => {
                let attr = self.heap.attrs[at as usize];
                let name = Value::String(self.symbol_string(attr.name));
                self.call2(function, name, attr.value)
            }
            Deferred::Join { left, right, because } => self.join(left, right, because),
            Deferred::Native(number) => {
                let function = self.natives[number as usize].0.clone();
                self.heap.keep();
                let value = function(self, Value::Null)?;
                self.force(value)
            }
            Deferred::Select { base, name } => {
                let base = self.force(base)?;
                self.select_name(base, name, None)
            }
        }
    }

    /// A value for later: what needs no work is not put off.
    #[inline]
    pub(super) fn delay(&mut self, expr: ExprId, env: EnvId) -> Value {
        match self.program.exprs[expr.0 as usize] {
            Expr::Local { depth, slot } => {
                let frame = self.heap.climb(env, depth);
                self.heap.slot(frame, slot)
            }
            _ => self.delay_in_recursion(expr, env),
        }
    }

    /// The same where the variables around may not have their values yet.
    pub(super) fn delay_in_recursion(&mut self, expr: ExprId, env: EnvId) -> Value {
        match self.program.exprs[expr.0 as usize] {
            Expr::Int(int) => Value::Int(int),
            Expr::Float(float) => Value::Float(float),
            Expr::Str(sym) => Value::String(self.symbol_string(sym)),
            Expr::Path(sym) => Value::Path(self.symbol_string(sym)),
            Expr::Lambda(lambda) => Value::Lambda { lambda, env },
            _ => Value::Thunk(self.heap.thunk(Thunk::Code { expr, env })),
        }
    }

    pub(super) fn eval(&mut self, expr: ExprId, env: EnvId) -> Evaluated {
        self.steps += 1;
        if self.steps >= self.next_look {
            self.look_at_bounds(expr)?;
        }
        // Leaves need no room.
        match self.program.exprs[expr.0 as usize] {
            Expr::Int(int) => return Ok(Value::Int(int)),
            Expr::Local { depth, slot } => {
                let frame = self.heap.climb(env, depth);
                return match self.heap.slot(frame, slot) {
                    Value::Thunk(id) => match self.heap.thunks[id.0 as usize] {
                        Thunk::Done(Value::Unknown(id)) => Err(Stop::Unknown(id)),
                        Thunk::Done(value) => Ok(value),
                        Thunk::Black { may } => self.infinite_recursion(may, Some(expr)),
                        _ => self.force_thunk(id),
                    },
                    Value::Unknown(id) => Err(Stop::Unknown(id)),
                    value => Ok(value),
                };
            }
            Expr::Str(sym) => return Ok(Value::String(self.symbol_string(sym))),
            Expr::Lambda(lambda) => return Ok(Value::Lambda { lambda, env }),
            _ => {}
        }
        self.depth += 1;
        if self.depth >= DEEPEST_EVALUATION {
            self.depth -= 1;
            return self.unknown_here(Reason::Depth);
        }
        let result = if self.depth.is_multiple_of(8) {
            self.on_stack(|this| this.eval_node(expr, env))
        } else {
            self.eval_node(expr, env)
        };
        self.depth -= 1;
        result
    }

    fn eval_node(&mut self, expr: ExprId, env: EnvId) -> Evaluated {
        match self.program.exprs[expr.0 as usize] {
            Expr::Apply { function, arguments } => self.eval_apply(expr, function, arguments, env),
            Expr::Select { base, path, default } => {
                let default = default.map(crate::syntax::ExprIdPlusOne::get);
                match self.eval_select(expr, base, path, default, env) {
                    Ok(value) => Ok(value),
                    Err(stop) => Err(self.placed(expr, stop)),
                }
            }
            Expr::HasAttribute { base, path } => self.eval_has(base, path, env),
            Expr::If { condition, then, otherwise } => match self.eval_condition(condition, env) {
                Ok(true) => self.eval(then, env),
                Ok(false) => self.eval(otherwise, env),
                Err(Stop::Unknown(why)) => self.either(expr, why, then, otherwise, env),
                Err(stop) => Err(stop),
            },
            Expr::Binary { op, left, right } => self.eval_binary(expr, op, left, right, env),
            Expr::Attrs(set) => self.eval_set(set, env),
            Expr::Let { set, body } => {
                let env = self.let_frame(set, env)?;
                self.eval(body, env)
            }
            Expr::List(items) => {
                self.room(items.len as usize, COPY)?;
                let start = handle(self.heap.items.len());
                for at in items.indices() {
                    let item = self.delay(self.program.children[at], env);
                    self.heap.items.push(item);
                }
                Ok(Value::List(self.heap.add_list(Part { start, len: items.len, open: None })))
            }
            Expr::With { scope, body } => {
                let scope = self.delay(scope, env);
                let frame = self.heap.frame(env, scope);
                self.eval(body, frame)
            }
            Expr::FromWith { sym, withs } => self.eval_from_with(expr, sym, withs, env),
            Expr::Global(sym) => match self.globals.get(sym.0 as usize).copied().flatten() {
                Some(value) => self.force(value),
                None => {
                    let name = self.symbols.name(sym).trim_start_matches("__").to_owned();
                    let span = self.program.span(expr);
                    Err(Stop::Unknown(self.add_unknown(Reason::Builtin(name), Some(span))))
                }
            },
            Expr::Interpolation { parts, makes } => self.eval_interpolation(expr, parts, makes, env),
            Expr::Not(inside) => Ok(Value::Bool(!self.eval_condition(inside, env)?)),
            Expr::Negate(inside) => match self.eval(inside, env)? {
                Value::Int(int) => match int.checked_neg() {
                    Some(int) => Ok(Value::Int(int)),
                    None => self.fail(
                        ErrorKind::Overflow,
                        Some(expr),
                        format!("integer overflow in negating {int}"),
                    ),
                },
                // Nix subtracts from zero, and there is no zero below zero.
                Value::Float(float) => Ok(Value::Float(0.0 - float)),
                other => self.type_error(Some(inside), "an integer", other),
            },
            Expr::Assert { condition, body } => match self.eval_condition(condition, env) {
                Ok(true) => self.eval(body, env),
                Ok(false) => {
                    let span = self.program.span(condition);
                    let text = self.sources.slice(span).to_owned();
                    self.fail(
                        ErrorKind::Assertion,
                        Some(condition),
                        format!("assertion `{}` failed", shortened(&text)),
                    )
                }
                // If the condition were false nothing would be deployed; what follows holds wherever it is true.
                Err(Stop::Unknown(_)) => {
                    self.doubts += 1;
                    self.eval(body, env)
                }
                Err(stop) => Err(stop),
            },
            Expr::Pipe { function, argument } => {
                let function_value = self.eval(function, env)?;
                let argument = self.delay(argument, env);
                self.call_at(expr, function_value, argument)
            }
            Expr::CurrentPosition => {
                let span = self.program.span(expr);
                Ok(self.position_set(span))
            }
            Expr::Float(float) => Ok(Value::Float(float)),
            Expr::Path(sym) => Ok(Value::Path(self.symbol_string(sym))),
            Expr::HomePath(_) => {
                let span = self.program.span(expr);
                Err(Stop::Unknown(self.add_unknown(Reason::Impure("~".to_owned()), Some(span))))
            }
            Expr::SearchPath(sym) => {
                let name = self.symbols.name(sym).to_owned();
                self.search_path(expr, &name)
            }
            Expr::Undefined(sym) | Expr::Name(sym) => {
                let message = format!("undefined variable `{}`", self.symbols.name(sym));
                self.fail(ErrorKind::UndefinedVariable, Some(expr), message)
            }
            Expr::Damaged => {
                let span = self.program.span(expr);
                Err(Stop::Unknown(self.add_unknown(Reason::Damaged, Some(span))))
            }
            Expr::Int(int) => Ok(Value::Int(int)),
            Expr::Str(sym) => Ok(Value::String(self.symbol_string(sym))),
            Expr::Lambda(lambda) => Ok(Value::Lambda { lambda, env }),
            Expr::Local { depth, slot } => {
                let frame = self.heap.climb(env, depth);
                let value = self.heap.slot(frame, slot);
                self.force(value)
            }
        }
    }

    /// An unknown without a place, such as the value of a builtin, begins where it is used.
    fn placed(&mut self, expr: ExprId, stop: Stop) -> Stop {
        match stop {
            Stop::Unknown(id) if self.unknown(id).span.is_none() => {
                let unknown = self.unknown(id).clone();
                let span = Some(self.program.span(expr));
                Stop::Unknown(self.intern_unknown(Unknown { span, ..unknown }))
            }
            other => other,
        }
    }

    fn eval_condition(&mut self, expr: ExprId, env: EnvId) -> Evaluated<bool> {
        match self.eval(expr, env) {
            Ok(Value::Bool(bool)) => Ok(bool),
            Ok(other) => self.type_error(Some(expr), "a Boolean", other),
            Err(stop) => Err(stop),
        }
    }

    /// Two integers, or whatever else the operands are. Nearly all numbers are integers.
    fn eval_operands(&mut self, left: ExprId, right: ExprId, env: EnvId) -> Operands {
        match self.eval(left, env) {
            Ok(Value::Int(a)) => match self.eval(right, env) {
                Ok(Value::Int(b)) => Operands::Integers(a, b),
                Ok(other) => Operands::Others(Value::Int(a), other),
                Err(stop) => Operands::None(stop),
            },
            Ok(a) => match self.eval(right, env) {
                Ok(b) => Operands::Others(a, b),
                Err(stop) => Operands::None(stop),
            },
            Err(stop) => Operands::None(stop),
        }
    }

    fn eval_binary(
        &mut self,
        expr: ExprId,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
        env: EnvId,
    ) -> Evaluated {
        match op {
            BinaryOp::And => match self.eval_condition(left, env) {
                Ok(true) => Ok(Value::Bool(self.eval_condition(right, env)?)),
                Ok(false) => Ok(Value::Bool(false)),
                Err(Stop::Unknown(why)) => self.decided_by_right(right, env, false, why),
                Err(stop) => Err(stop),
            },
            BinaryOp::Or => match self.eval_condition(left, env) {
                Ok(true) => Ok(Value::Bool(true)),
                Ok(false) => Ok(Value::Bool(self.eval_condition(right, env)?)),
                Err(Stop::Unknown(why)) => self.decided_by_right(right, env, true, why),
                Err(stop) => Err(stop),
            },
            BinaryOp::Implies => match self.eval_condition(left, env) {
                Ok(false) => Ok(Value::Bool(true)),
                Ok(true) => Ok(Value::Bool(self.eval_condition(right, env)?)),
                Err(Stop::Unknown(why)) => self.decided_by_right(right, env, true, why),
                Err(stop) => Err(stop),
            },
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let equal = match self.eval_operands(left, right, env) {
                    Operands::Integers(a, b) => a == b,
                    Operands::Others(a, b) => self.equal(a, b)?,
                    Operands::None(stop) => return Err(stop),
                };
                Ok(Value::Bool(equal == (op == BinaryOp::Equal)))
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                let (a, b) = match self.eval_operands(left, right, env) {
                    Operands::Integers(a, b) => {
                        return Ok(Value::Bool(match op {
                            BinaryOp::Less => a < b,
                            BinaryOp::LessEqual => a <= b,
                            BinaryOp::Greater => a > b,
                            _ => a >= b,
                        }));
                    }
                    Operands::Others(a, b) => (a, b),
                    Operands::None(stop) => return Err(stop),
                };
                let less = match op {
                    BinaryOp::Less | BinaryOp::GreaterEqual => self.less(Some(expr), a, b)?,
                    _ => self.less(Some(expr), b, a)?,
                };
                Ok(Value::Bool(less == matches!(op, BinaryOp::Less | BinaryOp::Greater)))
            }
            BinaryOp::Update => {
                let left = self.eval(left, env);
                let left = self.excusing(left);
                let right = if matches!(left, Err(Stop::Error(_))) { left } else { self.eval(right, env) };
                self.update(expr, left, right)
            }
            BinaryOp::Concat => {
                let left = self.eval(left, env);
                let right = if matches!(left, Err(Stop::Error(_))) { left } else { self.eval(right, env) };
                self.concat_lists(expr, left, right)
            }
            BinaryOp::Add => match self.eval(left, env) {
                Ok(Value::Int(a)) => match self.eval(right, env) {
                    Ok(Value::Int(b)) => self.integers(expr, op, a, b),
                    Ok(b) => self.add_to_number(expr, Value::Int(a), b),
                    stop => stop,
                },
                Ok(a) => self.add(expr, a, right, env),
                Err(Stop::Unknown(why)) if self.unknown(why).like.is_place() => {
                    self.place_plus(why, right, env)
                }
                stop => stop,
            },
            BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                match self.eval_operands(left, right, env) {
                    Operands::Integers(a, b) => self.integers(expr, op, a, b),
                    Operands::Others(a, b) => self.arithmetic(Some(expr), op, a, b),
                    Operands::None(stop) => Err(stop),
                }
            }
        }
    }

    fn eval_from_with(
        &mut self,
        expr: ExprId,
        sym: crate::syntax::Sym,
        withs: Range,
        env: EnvId,
    ) -> Evaluated {
        let mut doubt = None;
        for at in withs.indices() {
            let frame = self.heap.climb(env, self.program.withs[at]);
            let scope = self.heap.slot(frame, 0);
            let scope = match self.force(scope) {
                Ok(Value::Attrs(set)) => set,
                Ok(other) => return self.type_error(Some(expr), "a set", other),
                Err(stop) => return Err(stop),
            };
            if let Some(attr) = self.heap.find_near(scope, sym, &mut self.program.with_guesses[at]) {
                return self.force(attr.value);
            }
            if let Some(open) = self.open_for(scope, sym) {
                // `with lib; with types; mkOption`: it is none of the types, whatever release they come from.
                if !self.no_library_has(open, sym) {
                    return Err(Stop::Unknown(doubt.unwrap_or(open)));
                }
                doubt = doubt.or(Some(open));
            }
        }
        if let Some(open) = doubt {
            return Err(Stop::Unknown(open));
        }
        let message = format!("undefined variable `{}`", self.symbols.name(sym));
        self.fail(ErrorKind::UndefinedVariable, Some(expr), message)
    }

    /// The static or computed name of a step; `None` for `${null}`.
    pub(super) fn step_name(&mut self, name: AttrName, env: EnvId) -> Evaluated<Option<crate::syntax::Sym>> {
        match name {
            AttrName::Static(sym) => Ok(Some(sym)),
            AttrName::Dynamic(expr) => match self.eval(expr, env)? {
                Value::Null => Ok(None),
                Value::String(id) => {
                    self.no_context(Some(expr), id)?;
                    Ok(Some(self.name_of(id)?))
                }
                other => self.type_error(Some(expr), "a string", other),
            },
        }
    }
}

/// The operands of an operator.
enum Operands {
    Integers(i64, i64),
    Others(Value, Value),
    /// One of them cannot be had.
    None(Stop),
}

/// Strings are bounded like everything else; nobody deploys more.
pub(super) const LONGEST_STRING: usize = 64 << 20;

pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 60 {
        line
    } else {
        format!("{}…", line.chars().take(60).collect::<String>())
    }
}
