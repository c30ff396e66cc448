//! What a function's code does with sets that it is given: which attributes it asks for, by whatever way that is written.
//!
//! The code is walked, not run: also what nobody asks for is looked at. Names that are computed are evaluated where the
//! code stands, with the function's own arguments, so that each is certain or unknown. A condition that is known leaves its
//! other branch out.

use rustc_hash::FxHashMap;

use super::Evaluator;
use super::chains::Chain;
use crate::syntax::{AttrName, Definition, Expr, ExprId, ExprIdPlusOne, RED_ZONE, Range, STACK, Step};
use crate::text::Span;
use crate::value::{AttrsId, EnvId, Reason, Stop, UnknownId, Value};

/// How an attribute of a watched set is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asking {
    /// `set.name`, `inherit (set) name`
    Name,
    /// `set.${name}`, `getAttr name set`
    Computed,
    /// A known function that goes over the set.
    Iteration,
    /// `with set; name`
    With,
    /// `set ? name`
    Exists,
    /// The set itself, as a value.
    Whole,
}

/// An attribute of a watched set that the code asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The number of the set.
    pub set: usize,
    pub asking: Asking,
    /// The attribute's name, or why it is not known.
    pub name: Result<String, String>,
    /// What is asked for below it, as it is written.
    pub below: Option<String>,
    pub at: Span,
    /// Whether there is a default for the case that there is no such attribute.
    pub has_default: bool,
}

/// Expressions that are walked for one function; generated modules may be larger, and are not worth more.
const MOST_STEPS: usize = 200_000;

impl Evaluator {
    /// What the code of a function does with the sets, if it is called with this argument.
    pub fn touches(&mut self, function: Value, argument: Value, sets: &[Value]) -> Vec<Touch> {
        let Ok(Value::Lambda { lambda, env }) = self.force(function) else { return Vec::new() };
        let mut watched = Vec::new();
        for set in sets {
            match self.force(*set) {
                Ok(Value::Attrs(set)) => watched.push(set),
                _ => return Vec::new(),
            }
        }
        let file = self.program.lambda_span(lambda).file;
        let parts = self.parts_handed_on(argument, &watched);
        watched.extend(parts.iter().map(|it| it.0));
        let Ok(frame) = self.frame_of(lambda, env, argument) else { return Vec::new() };
        let mut walk =
            Walk { eval: self, watched, file, found: Vec::new(), steps: 0, selections: FxHashMap::default() };
        let body = walk.eval.program.lambdas[lambda as usize].body;
        walk.expr(body, frame);
        let mut found = walk.found;
        // What is asked of a part is asked of the set; what the part has not is asked of neither.
        found.retain_mut(|it| {
            let Some((part, whole)) = it.set.checked_sub(sets.len()).and_then(|at| parts.get(at)) else {
                return true;
            };
            it.set = *whole;
            match &it.name {
                Ok(name) => self.find_named(*part, name),
                Err(_) => true,
            }
        });
        found.sort_by(|a, b| (a.at, &a.name, a.asking).cmp(&(b.at, &b.name, b.asking)));
        found.dedup();
        found
    }
}

/// The walk through the code of one function.
pub(super) struct Walk<'e> {
    pub(super) eval: &'e mut Evaluator,
    pub(super) watched: Vec<AttrsId>,
    file: crate::text::FileId,
    found: Vec<Touch>,
    steps: usize,
    /// Variables that hold a selection of a watched set, by frame and slot: the number of the set.
    pub(super) selections: FxHashMap<(EnvId, u32), Chain>,
}

impl Walk<'_> {
    pub(super) fn expr(&mut self, id: ExprId, env: EnvId) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        stacker::maybe_grow(RED_ZONE, STACK, || self.inside(id, env));
    }

    fn inside(&mut self, id: ExprId, env: EnvId) {
        match self.eval.program.exprs[id.0 as usize] {
            Expr::Local { .. } => {
                let held = self.held(id, env).map(|it| it.set);
                if let Some(set) = self.watched_at(id, env).or(held) {
                    self.whole(set, id);
                }
            }
            Expr::FromWith { sym, withs } => self.by_with(id, sym, withs, env),
            Expr::Select { base, path, default } => self.select(id, base, path, default, env),
            Expr::HasAttribute { base, path } => {
                let step = self.eval.program.steps[path.start as usize];
                let held = self.held(base, env).map(|it| it.set);
                match self.watched_at(base, env).or(held) {
                    Some(set) => {
                        let name = self.name(step.name, env);
                        self.touch(set, Asking::Exists, name, None, self.eval.program.span(id), false);
                    }
                    None => self.expr(base, env),
                }
                self.dynamic_steps(path, env);
            }
            Expr::Lambda(number) => self.lambda(number, env),
            Expr::Apply { function, arguments } => self.apply(id, function, arguments, env),
            Expr::Pipe { function, argument } => {
                self.expr(function, env);
                self.expr(argument, env);
            }
            Expr::Let { set, body } => {
                let Ok(inner) = self.eval.let_frame(set, env) else { return };
                self.set(set, inner, env, true);
                self.expr(body, inner);
            }
            Expr::Attrs(set) => {
                let shape = self.eval.program.sets[set as usize];
                let inner = if shape.recursive {
                    match self.eval.let_frame(set, env) {
                        Ok(inner) => inner,
                        Err(_) => return,
                    }
                } else {
                    env
                };
                self.set(set, inner, env, false);
            }
            Expr::List(items) => self.children(items, env),
            Expr::Interpolation { parts, .. } => self.children(parts, env),
            Expr::With { scope, body } => {
                if self.watched_at(scope, env).is_none() {
                    self.expr(scope, env);
                }
                let scope = self.eval.delay(scope, env);
                let frame = self.eval.heap.frame(env, scope);
                self.expr(body, frame);
            }
            Expr::If { condition, then, otherwise } => {
                self.expr(condition, env);
                let known = self.eval.eval(condition, env);
                if !matches!(known, Ok(Value::Bool(false))) {
                    self.expr(then, env);
                }
                if !matches!(known, Ok(Value::Bool(true))) {
                    self.expr(otherwise, env);
                }
            }
            Expr::Assert { condition, body } => {
                self.expr(condition, env);
                self.expr(body, env);
            }
            Expr::Not(inside) | Expr::Negate(inside) => self.expr(inside, env),
            Expr::Binary { left, right, .. } => {
                self.expr(left, env);
                self.expr(right, env);
            }
            _ => {}
        }
    }

    fn children(&mut self, range: Range, env: EnvId) {
        for at in range.indices() {
            self.expr(self.eval.program.children[at], env);
        }
    }

    /// The definitions of a set or `let`; `outer` is around it.
    fn set(&mut self, set: u32, inner: EnvId, outer: EnvId, is_let: bool) {
        let shape = self.eval.program.sets[set as usize];
        let sources: Vec<ExprId> = shape.froms.indices().map(|at| self.eval.program.children[at]).collect();
        let of: Vec<Option<usize>> = sources.iter().map(|it| self.watched_at(*it, inner)).collect();
        for (source, _) in sources.iter().zip(&of).filter(|(_, set)| set.is_none()) {
            self.expr(*source, inner);
        }
        for at in shape.entries.indices() {
            let entry = self.eval.program.entries[at];
            match entry.definition {
                Definition::Value(value) => {
                    // A selection that only gets a name is looked at where the name is used.
                    match self.chain(value, inner).filter(|it| is_let && !it.projected && !it.names) {
                        Some(chain) => {
                            let slot = u32::try_from(at - shape.entries.indices().start).unwrap_or(u32::MAX);
                            self.around(value, inner);
                            self.selections.insert((inner, slot), chain);
                        }
                        None => self.expr(value, inner),
                    }
                }
                Definition::Inherit(value) => self.expr(value, outer),
                Definition::InheritFrom(number) => {
                    let place = self.eval.defined_at(entry.position).map(|(name, _)| name);
                    if let (Some(Some(set)), Some(place)) = (of.get(number as usize), place) {
                        let name = Ok(self.eval.name(entry.name).to_owned());
                        self.touch(*set, Asking::Name, name, None, place, false);
                    }
                }
            }
        }
        for at in shape.dynamics.indices() {
            let it = self.eval.program.dynamics[at];
            self.expr(it.name, inner);
            self.expr(it.value, inner);
        }
    }

    /// A function that somebody may call: nothing is known of its arguments.
    fn lambda(&mut self, number: u32, env: EnvId) {
        let unknown = self.argument();
        let lambda = self.eval.program.lambdas[number as usize];
        let slots = lambda.formals.map_or(1, |it| it.len as usize + usize::from(lambda.whole.is_some()));
        let frame = self.eval.heap.env(env, slots);
        for slot in 0..slots {
            let slot = u32::try_from(slot).unwrap_or(u32::MAX);
            self.eval.heap.set_slot(frame, slot, Value::Unknown(unknown));
        }
        for at in lambda.formals.map(Range::indices).unwrap_or_default() {
            if let Some(default) = self.eval.program.formals[at].default {
                self.expr(default.get(), frame);
            }
        }
        self.expr(lambda.body, frame);
    }

    fn argument(&mut self) -> UnknownId {
        self.eval.add_unknown(
            Reason::Told("it is an argument of a function inside of the module".to_owned()),
            None,
        )
    }

    /// The number of the watched set that an expression is for certain. Evaluates nothing.
    pub(super) fn watched_at(&self, id: ExprId, env: EnvId) -> Option<usize> {
        let Value::Attrs(set) = self.known(id, env)? else { return None };
        self.watched.iter().position(|it| *it == set)
    }

    /// The value of a variable, or of what is selected from one by name, as far as it is there without evaluating.
    fn known(&self, id: ExprId, env: EnvId) -> Option<Value> {
        match self.eval.program.exprs[id.0 as usize] {
            Expr::Local { depth, slot } => {
                let frame = self.eval.heap.climb(env, depth);
                self.ready(self.eval.heap.slot(frame, slot))
            }
            Expr::Select { base, path, default: None } => {
                let mut value = self.known(base, env)?;
                for at in path.indices() {
                    let AttrName::Static(name) = self.eval.program.steps[at].name else { return None };
                    let Value::Attrs(set) = value else { return None };
                    value = self.ready(self.eval.heap.find(set, name)?.value)?;
                }
                Some(value)
            }
            _ => None,
        }
    }

    fn ready(&self, value: Value) -> Option<Value> {
        match value {
            Value::Thunk(id) => match self.eval.heap.thunks[id.0 as usize] {
                super::heap::Thunk::Done(value) => Some(value),
                _ => None,
            },
            value => Some(value),
        }
    }

    fn select(&mut self, id: ExprId, base: ExprId, path: Range, default: Option<ExprIdPlusOne>, env: EnvId) {
        if let Some(default) = default {
            self.expr(default.get(), env);
        }
        self.dynamic_steps(path, env);
        if let Some(set) = self.held(base, env).map(|it| it.set) {
            let step = self.eval.program.steps[path.start as usize];
            return self.selected(set, step, path, default.is_some(), env);
        }
        // The set itself, or something on the way to it, such as `args.nodes` and `resources.machines`.
        let mut value = self.known(base, env);
        for at in path.indices() {
            let Some(Value::Attrs(set)) = value else { break };
            let step = self.eval.program.steps[at];
            if let Some(watched) = self.watched.iter().position(|it| *it == set) {
                return self.selected(watched, step, path, default.is_some(), env);
            }
            let AttrName::Static(name) = step.name else { break };
            value = self.eval.heap.find(set, name).and_then(|it| self.ready(it.value));
        }
        if let Some(Value::Attrs(set)) = value
            && let Some(watched) = self.watched.iter().position(|it| *it == set)
        {
            return self.whole(watched, id);
        }
        self.expr(base, env);
    }

    /// A step that names an attribute of a watched set.
    fn selected(&mut self, set: usize, step: Step, path: Range, has_default: bool, env: EnvId) {
        let name = self.name(step.name, env);
        let asking = if matches!(step.name, AttrName::Static(_)) { Asking::Name } else { Asking::Computed };
        let last = self.eval.program.steps[path.indices().end - 1].at.1;
        let below = self.text((step.at.1.min(last), last));
        let place = Span::new(self.file, step.at.0, step.at.1);
        self.touch(set, asking, name, below, place, has_default);
    }

    fn dynamic_steps(&mut self, path: Range, env: EnvId) {
        for at in path.indices() {
            if let AttrName::Dynamic(name) = self.eval.program.steps[at].name {
                self.expr(name, env);
            }
        }
    }

    /// What is written there, without dots at its beginning.
    fn text(&self, (from, to): (u32, u32)) -> Option<String> {
        let text = self.eval.sources.slice(Span::new(self.file, from, to));
        let text = text.trim_start_matches(|it: char| it == '.' || it == '}' || it.is_whitespace());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    fn name(&mut self, name: AttrName, env: EnvId) -> Result<String, String> {
        match name {
            AttrName::Static(name) => Ok(self.eval.name(name).to_owned()),
            AttrName::Dynamic(expr) => self.string(expr, env),
        }
    }

    pub(super) fn string(&mut self, expr: ExprId, env: EnvId) -> Result<String, String> {
        let value = self.eval.eval(expr, env);
        let text = value.and_then(|it| self.eval.string(it));
        text.map_err(|stop| self.because(stop))
    }

    pub(super) fn because(&mut self, stop: Stop) -> String {
        match stop {
            Stop::Unknown(id) => self.eval.why(id).to_string(),
            Stop::Error(_) => "evaluating it fails".to_owned(),
        }
    }

    pub(super) fn touch(
        &mut self,
        set: usize,
        asking: Asking,
        name: Result<String, String>,
        below: Option<String>,
        at: Span,
        has_default: bool,
    ) {
        self.found.push(Touch { set, asking, name, below, at, has_default });
    }

    pub(super) fn whole(&mut self, set: usize, id: ExprId) {
        let at = self.eval.program.span(id);
        self.touch(set, Asking::Whole, Err("the set of all is handed on".to_owned()), None, at, false);
    }

    /// A name that a `with` gives: of a watched set if no nearer `with` may have it.
    fn by_with(&mut self, id: ExprId, sym: crate::syntax::Sym, withs: Range, env: EnvId) {
        for at in withs.indices() {
            let frame = self.eval.heap.climb(env, self.eval.program.withs[at]);
            let scope = self.eval.heap.slot(frame, 0);
            let Ok(Value::Attrs(scope)) = self.eval.force(scope) else { return };
            let has = self.eval.heap.find(scope, sym).is_some();
            if has && let Some(set) = self.watched.iter().position(|it| *it == scope) {
                let name = Ok(self.eval.name(sym).to_owned());
                return self.touch(set, Asking::With, name, None, self.eval.program.span(id), false);
            }
            if has || self.eval.heap.open(scope).is_some() && !self.watched.contains(&scope) {
                return;
            }
        }
    }

    fn apply(&mut self, id: ExprId, function: ExprId, arguments: Range, env: EnvId) {
        let given: Vec<ExprId> = arguments.indices().map(|at| self.eval.program.children[at]).collect();
        // `hasAttr name set`, `getAttr name set`
        if let [name, set] = given[..]
            && let Some(set) = self.watched_at(set, env)
            && let Some(called) = self.called(function)
            && (called == "hasAttr" || called == "getAttr")
        {
            self.expr(name, env);
            let asking = if called == "hasAttr" { Asking::Exists } else { Asking::Computed };
            let name = self.string(name, env);
            return self.touch(set, asking, name, None, self.eval.program.span(id), false);
        }
        if let Some(chain) = self.chain(id, env) {
            self.iteration(&chain, env);
            return self.around(id, env);
        }
        if let Some((_, _, operand)) = self.over(function, arguments)
            && self.each(&given, operand, env)
        {
            return;
        }
        self.expr(function, env);
        given.into_iter().for_each(|it| self.expr(it, env));
    }
}
