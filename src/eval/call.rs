//! Calls: functions of the language, builtins, sets with `__functor`, and functions of the embedding program.

use rustc_hash::FxHashSet;

use super::heap::{Partial, handle};
use super::{Doing, Evaluated, Evaluator, What};
use crate::syntax::{Expr, ExprId, Range, Sym};
use crate::value::{EnvId, ErrorKind, Like, Reason, Stop, Value};

/// Newer versions of Nix give up at this many nested calls; older ones only when their stack is full.
const CALLS_OF_NEW_NIX: u32 = 10_000;

/// No version of Nix gets this deep.
const CALLS_OF_ANY_NIX: u32 = 100_000;

/// Arguments bound by name in the time of a step.
const FORMALS_IN_A_STEP: usize = 4;

/// What a builtin costs at least.
const STEPS_OF_A_BUILTIN: usize = 2;

impl Evaluator {
    pub(super) fn eval_apply(
        &mut self,
        expr: ExprId,
        function: ExprId,
        arguments: Range,
        env: EnvId,
    ) -> Evaluated {
        let function = match self.eval(function, env) {
            // Most calls are of one argument.
            Ok(Value::Lambda { lambda, env: outer }) if arguments.len == 1 => {
                let mark = self.heap.mark();
                let argument = self.delay(self.program.children[arguments.start as usize], env);
                let result = self.counted(expr, |this| this.call_lambda(lambda, outer, argument));
                self.heap.end(mark, &result);
                return result;
            }
            Ok(function) => function,
            stop => self.callable(stop)?,
        };
        let mark = self.heap.mark();
        let result = self.apply_all(expr, function, arguments, env);
        self.heap.end(mark, &result);
        result
    }

    fn apply_all(&mut self, expr: ExprId, function: Value, arguments: Range, env: EnvId) -> Evaluated {
        let mut value = function;
        let mut at = arguments.start;
        let end = arguments.start + arguments.len;
        while at < end {
            // A builtin that gets all it needs here is run without intermediate functions.
            if let Value::Builtin(number) = value {
                let arity = u32::from(self.registry[number as usize].arity);
                if arity <= end - at {
                    let mut given = [Value::Null; 3];
                    for (slot, index) in given.iter_mut().zip(at..at + arity) {
                        *slot = self.delay(self.program.children[index as usize], env);
                    }
                    at += arity;
                    self.doing.push(Doing { expr, what: What::Call });
                    let result = self.run_builtin(number, &given[..arity as usize]);
                    self.doing.pop();
                    value = if at < end { self.callable(result)? } else { result? };
                    continue;
                }
            }
            let argument = self.delay(self.program.children[at as usize], env);
            at += 1;
            if at < end
                && let Some((inner, outside)) = self.inner_lambda(value)
            {
                let second = self.delay(self.program.children[at as usize], env);
                at += 1;
                value = self.call_curried(expr, inner, outside, argument, second)?;
                continue;
            }
            value = self.call_at(expr, value, argument)?;
        }
        Ok(value)
    }

    /// What comes out of nixpkgs may be called even though it is unknown.
    fn callable(&mut self, function: Evaluated) -> Evaluated {
        match function {
            Err(Stop::Unknown(id)) if self.unknown(id).like == Like::NixpkgsFunction => {
                Ok(self.nixpkgs_function(id))
            }
            other => other,
        }
    }

    /// Calls a function with one argument; neither needs to be forced.
    pub fn call(&mut self, function: Value, argument: Value) -> Evaluated {
        let function = self.force(function)?;
        let expr = self.doing.last().map_or(ExprId(0), |doing| doing.expr);
        let mark = self.heap.mark();
        let result = self.call_at(expr, function, argument);
        self.heap.end(mark, &result);
        result
    }

    pub(super) fn call2(&mut self, function: Value, first: Value, second: Value) -> Evaluated {
        let function = self.force(function)?;
        let expr = self.doing.last().map_or(ExprId(0), |doing| doing.expr);
        let mark = self.heap.mark();
        let result = match self.inner_lambda(function) {
            Some((inner, env)) => self.call_curried(expr, inner, env, first, second),
            None => {
                self.call_at(expr, function, first).and_then(|partial| self.call_at(expr, partial, second))
            }
        };
        self.heap.end(mark, &result);
        result
    }

    /// The inner one of `a: b: …`, and the frame around both: a call with two arguments needs no function in between.
    pub(super) fn inner_lambda(&self, function: Value) -> Option<(u32, EnvId)> {
        let Value::Lambda { lambda, env } = function else { return None };
        let outer = self.program.lambdas[lambda as usize];
        let Expr::Lambda(inner) = self.program.exprs[outer.body.0 as usize] else { return None };
        let simple = outer.formals.is_none() && self.program.lambdas[inner as usize].formals.is_none();
        simple.then_some((inner, env))
    }

    pub(super) fn call_curried(
        &mut self,
        expr: ExprId,
        inner: u32,
        env: EnvId,
        first: Value,
        second: Value,
    ) -> Evaluated {
        self.counted(expr, |this| {
            let outer = this.heap.frame(env, first);
            let frame = this.heap.frame(outer, second);
            this.eval(this.program.lambdas[inner as usize].body, frame)
        })
    }

    /// Calls a forced function; `expr` is where.
    pub(super) fn call_at(&mut self, expr: ExprId, function: Value, argument: Value) -> Evaluated {
        self.counted(expr, |this| this.call_inside(function, argument))
    }

    /// Goes into a call: nesting is counted, there is room on the stack, and traces name the place.
    #[inline]
    fn counted(&mut self, expr: ExprId, call: impl FnOnce(&mut Self) -> Evaluated) -> Evaluated {
        if self.calls >= CALLS_OF_ANY_NIX {
            return self.fail(
                ErrorKind::StackOverflow,
                Some(expr),
                "stack overflow; calls are nested too deeply",
            );
        }
        self.calls += 1;
        self.steps += 1;
        self.doing.push(Doing { expr, what: What::Call });
        // Evaluation looks after the stack, too; calls without any, such as of functors, add up slowly.
        let result = if self.calls.is_multiple_of(8) { self.on_stack(call) } else { call(self) };
        self.doing.pop();
        self.calls -= 1;
        // A value that needs more nesting than new versions allow is not the value everywhere.
        if self.calls == CALLS_OF_NEW_NIX && result.is_ok() {
            let span = self.program.span(expr);
            return Err(Stop::Unknown(self.add_unknown(Reason::Depth, Some(span))));
        }
        result
    }

    fn call_inside(&mut self, function: Value, argument: Value) -> Evaluated {
        match function {
            Value::Lambda { lambda, env } => self.call_lambda(lambda, env, argument),
            Value::Builtin(number) => {
                if self.registry[number as usize].arity == 1 {
                    return self.run_builtin(number, &[argument]);
                }
                self.partial(number, &[argument])
            }
            Value::Partial(id) => {
                let partial = self.heap.partials[id as usize];
                let given = partial.given as usize;
                let mut arguments = [partial.arguments[0], partial.arguments[1], Value::Null];
                arguments[given] = argument;
                if given + 1 == self.registry[partial.builtin as usize].arity as usize {
                    return self.run_builtin(partial.builtin, &arguments[..=given]);
                }
                self.partial(partial.builtin, &arguments[..=given])
            }
            Value::Native(number) => {
                let function = self.natives[number as usize].0.clone();
                // It may remember what it sees.
                self.heap.keep();
                let value = function(self, argument)?;
                self.force(value)
            }
            Value::Attrs(set) => match self.heap.find(set, self.names.functor) {
                Some(functor) => {
                    let functor = self.call(functor.value, Value::Attrs(set))?;
                    self.call(functor, argument)
                }
                None => match self.heap.open(set) {
                    Some(open) => Err(Stop::Unknown(open)),
                    None => self.not_a_function(function),
                },
            },
            other => self.not_a_function(other),
        }
    }

    fn not_a_function(&mut self, value: Value) -> Evaluated {
        let kind = self.kind_of(value).with_article();
        self.fail(ErrorKind::Type, None, format!("attempt to call {kind}, which is not a function"))
    }

    fn partial(&mut self, builtin: u16, given: &[Value]) -> Evaluated {
        let mut arguments = [Value::Null; 2];
        arguments[..given.len()].copy_from_slice(given);
        let id = handle(self.heap.partials.len());
        let given = u8::try_from(given.len()).expect("builtins have at most three arguments");
        self.heap.partials.push(Partial { builtin, given, arguments });
        Ok(Value::Partial(id))
    }

    pub(super) fn run_builtin(&mut self, number: u16, arguments: &[Value]) -> Evaluated {
        // Builtins that call each other need no evaluation of an expression in between.
        self.pay(STEPS_OF_A_BUILTIN)?;
        let run = self.registry[number as usize].run;
        run(self, arguments)
    }

    #[inline]
    fn call_lambda(&mut self, number: u32, env: EnvId, argument: Value) -> Evaluated {
        let lambda = self.program.lambdas[number as usize];
        let Some(formals) = lambda.formals else {
            let frame = self.heap.frame(env, argument);
            return self.eval(lambda.body, frame);
        };
        let frame = self.heap.env(env, formals.len as usize + usize::from(lambda.whole.is_some()));
        if lambda.whole.is_some() {
            self.heap.set_slot(frame, formals.len, argument);
        }
        match self.force(argument) {
            Ok(Value::Attrs(set)) => self.bind_formals(number, formals, lambda.ellipsis, set, frame)?,
            Ok(other) => return self.type_error(None, "a set", other),
            Err(Stop::Unknown(why)) => {
                self.doubts += 1;
                for slot in 0..formals.len {
                    self.heap.set_slot(frame, slot, Value::Unknown(why));
                }
            }
            Err(stop) => return Err(stop),
        }
        self.eval(lambda.body, frame)
    }

    /// The frame in which the body of a function would be evaluated.
    pub(super) fn frame_of(&mut self, number: u32, env: EnvId, argument: Value) -> Evaluated<EnvId> {
        let lambda = self.program.lambdas[number as usize];
        let Some(formals) = lambda.formals else { return Ok(self.heap.frame(env, argument)) };
        let frame = self.heap.env(env, formals.len as usize + usize::from(lambda.whole.is_some()));
        if lambda.whole.is_some() {
            self.heap.set_slot(frame, formals.len, argument);
        }
        match self.force(argument)? {
            Value::Attrs(set) => self.bind_formals(number, formals, lambda.ellipsis, set, frame)?,
            other => return self.type_error(None, "a set", other),
        }
        Ok(frame)
    }

    fn bind_formals(
        &mut self,
        number: u32,
        formals: Range,
        ellipsis: bool,
        set: crate::value::AttrsId,
        frame: EnvId,
    ) -> Evaluated<()> {
        let open = self.heap.open(set);
        self.pay(formals.len as usize / FORMALS_IN_A_STEP)?;
        let mut matched = 0;
        for (slot, at) in formals.indices().enumerate() {
            let formal = self.program.formals[at];
            let found = self.heap.find_near(set, formal.sym, &mut self.program.formal_guesses[at]);
            let value = match (found, open, formal.default) {
                (Some(attr), _, _) => {
                    matched += 1;
                    attr.value
                }
                (None, Some(why), _) => Value::Unknown(why),
                (None, None, Some(default)) => self.delay_in_recursion(default.get(), frame),
                (None, None, None) => {
                    let name = self.symbols.name(formal.sym).to_owned();
                    let message = format!("the function is called without its argument `{name}`");
                    return self.argument_error(ErrorKind::MissingArgument, number, message);
                }
            };
            self.heap.set_slot(frame, handle(slot), value);
        }
        if !ellipsis && matched < self.heap.attrs(set).len() {
            let known: FxHashSet<Sym> =
                self.program.formals[formals.indices()].iter().map(|formal| formal.sym).collect();
            let extra = self.heap.attrs(set).iter().map(|attr| attr.name).find(|name| !known.contains(name));
            let name = extra.map(|name| self.symbols.name(name).to_owned()).unwrap_or_default();
            let message =
                format!("the function is called with the argument `{name}`, which it does not take");
            return self.argument_error(ErrorKind::UnexpectedArgument, number, message);
        }
        Ok(())
    }

    /// The call is to blame; the parameter is shown in the trace. Where no file has the call, as that of a flake's
    /// outputs, the parameter is to blame: the first expression, a leaf, stands for such a call.
    fn argument_error(&mut self, kind: ErrorKind, lambda: u32, message: String) -> Evaluated<()> {
        let span = self.program.lambda_span(lambda);
        if self.doing.last().is_none_or(|doing| doing.expr == ExprId(0)) {
            return self.fail_at(kind, span, message);
        }
        let library = self.is_library(span.file);
        let result = self.fail(kind, None, message);
        if let Err(Stop::Error(id)) = result {
            let frame = crate::value::Frame {
                span,
                message: "the function takes these arguments".to_owned(),
                library,
            };
            self.errors[id.0 as usize].trace.insert(0, frame);
        }
        result
    }
}
