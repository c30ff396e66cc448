//! The value of an expression where it stands: the code around it is kept, the expression takes the place of the whole file,
//! and what functions are called with is unknown, but for `lib` and the arguments of the network.
//!
//! A value that is known here is so wherever the file is used. Never takes long: steps and memory are few.

use std::path::Path;

use super::View;
use crate::eval::{Evaluator, Settings};
use crate::options::{PlainKind, read_plain};
use crate::syntax::{
    AttrName, Bytes, Definition, Expr, ExprId, ExprIdPlusOne, Lambda, Module, Parsed, Range, Step,
};
use crate::text::Span;
use crate::value::{Reason, Stop, Value};

/// What can be said of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// In Nix.
    Known(String),
    /// A sentence.
    Unknown(String),
    /// What Nix would say.
    Fails(String),
}

/// Steps for one value: some ten milliseconds.
const STEPS: u64 = 1_000_000;
/// Bytes for one value, the library included.
const MEMORY: usize = 96 << 20;
/// Longer values are cut.
const LONGEST: usize = 1_200;
/// Nobody waits for an answer about a file larger than this: it would be copied.
const LARGEST_FILE: usize = 4 << 20;

/// What is to be evaluated, in a copy of the file.
struct Target {
    module: Module,
    expr: ExprId,
    /// An expression that has the same names in scope.
    beside: ExprId,
}

impl View<'_> {
    /// The value of the variable, selected attribute or definition at a place; nothing where there is none.
    pub(super) fn value_at(&self, offset: u32) -> Option<Said> {
        if self.text.len() > LARGEST_FILE {
            return None;
        }
        let mut target = self.target_at(offset)?;
        let lambdas = self.surround(&mut target)?;
        let heads: Vec<(Lambda, Vec<(String, bool)>)> = lambdas
            .into_iter()
            .map(|lambda| {
                let formals =
                    lambda.formals.map(|it| &target.module.formals[it.indices()]).unwrap_or_default();
                let formal = |it: &crate::syntax::Formal| {
                    (target.module.symbols.name(it.sym).to_owned(), it.default.is_some())
                };
                (lambda, formals.iter().map(formal).collect())
            })
            .collect();
        let settings = Settings { fuel: STEPS, memory: MEMORY, read_ahead: false, ..self.request.settings() };
        let mut eval = Evaluator::new(self.request.files.clone(), settings);
        crate::options::install_modules(&mut eval);
        let parsed = Parsed { module: target.module, ..Parsed::default() };
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let mut value = eval.eval_parsed(self.path, self.text, parsed, folder);
        for (lambda, formals) in &heads {
            let argument = self.argument(&mut eval, *lambda, formals);
            value = match eval.call(value, argument) {
                Ok(value) => value,
                Err(stop) => return Some(stopped(&mut eval, stop)),
            };
        }
        let file = eval.sources().find(self.path)?;
        Some(said(&mut eval, value, Span::new(file, offset, offset)))
    }

    fn target_at(&self, offset: u32) -> Option<Target> {
        let (names, parsed) = (self.names(), &self.parsed.module);
        let reached = |id: ExprId| names.parents.get(id.0 as usize).copied().flatten().is_some();
        if let Some(used) = names.use_at(offset) {
            return Some(Target { module: parsed.clone(), expr: used.expr, beside: used.expr });
        }
        let within = |at: Bytes| at.0 <= offset && offset <= at.1;
        let ids = || (0..u32::try_from(parsed.exprs.len()).unwrap_or(0)).map(ExprId);
        // `a.b.c`, up to the name at the place.
        for id in ids() {
            if let Expr::Select { base, path, default } = parsed.expr(id)
                && within(parsed.span(id))
                && let Some(at) = parsed.steps[path.indices()].iter().position(|it| within(it.at))
                && reached(id)
            {
                let len = u32::try_from(at + 1).ok()?;
                let default = default.filter(|_| len == path.len);
                let mut module = parsed.clone();
                let select = Expr::Select { base, path: Range { start: path.start, len }, default };
                let expr = module.add(select, parsed.span(id));
                return Some(Target { module, expr, beside: id });
            }
        }
        // A definition, in a set or a `let`.
        for id in ids().filter(|id| reached(*id)) {
            let (Expr::Attrs(set) | Expr::Let { set, .. }) = parsed.expr(id) else { continue };
            let set = &parsed.sets[set as usize];
            let Some(entry) = set.entries.iter().find(|it| within(it.at)) else { continue };
            return match entry.definition {
                Definition::Value(value) | Definition::Inherit(value) => {
                    reached(value).then(|| Target { module: parsed.clone(), expr: value, beside: value })
                }
                Definition::InheritFrom(number) => {
                    let base = *set.froms.get(number as usize)?;
                    let mut module = parsed.clone();
                    let path = module.add_steps(&[Step { name: AttrName::Static(entry.sym), at: entry.at }]);
                    let expr = module.add(Expr::Select { base, path, default: None }, entry.at);
                    reached(base).then_some(Target { module, expr, beside: base })
                }
            };
        }
        None
    }

    /// Puts the frames of its place around the target, which becomes the whole file; gives the functions among them, the
    /// outermost first.
    fn surround(&self, target: &mut Target) -> Option<Vec<Lambda>> {
        let parents = &self.names().parents;
        let (mut here, mut around) = (target.beside, Vec::new());
        loop {
            let (parent, inside) = parents.get(here.0 as usize).copied().flatten()?;
            if inside {
                around.push(parent);
            }
            if parent == here {
                break;
            }
            here = parent;
        }
        let module = &mut target.module;
        let (mut inner, mut lambdas) = (target.expr, Vec::new());
        for id in around {
            let at = module.span(id);
            let around = match module.expr(id) {
                Expr::Lambda(number) => {
                    let lambda = module.lambdas[number as usize];
                    let made = u32::try_from(module.lambdas.len()).ok()?;
                    module.lambdas.push(Lambda { body: inner, ..lambda });
                    lambdas.push(lambda);
                    Expr::Lambda(made)
                }
                Expr::Let { set, .. } => Expr::Let { set, body: inner },
                // The frame of a recursive set is that of a `let`, but where the set changes itself.
                Expr::Attrs(set) => {
                    let changes = |sym| module.symbols.name(sym) == "__overrides";
                    let it = &module.sets[set as usize];
                    if !it.dynamics.is_empty() || it.entries.iter().any(|it| changes(it.sym)) {
                        return None;
                    }
                    Expr::Let { set, body: inner }
                }
                Expr::With { scope, .. } => Expr::With { scope, body: inner },
                _ => return None,
            };
            inner = module.add(around, at);
        }
        module.root = Some(ExprIdPlusOne::new(inner));
        lambdas.reverse();
        Some(lambdas)
    }

    /// What a function around the place is called with.
    fn argument(&self, eval: &mut Evaluator, lambda: Lambda, formals: &[(String, bool)]) -> Value {
        let head = self.span(lambda.at);
        let told = |eval: &mut Evaluator, why: String| eval.make_unknown(Reason::Told(why), None);
        if lambda.formals.is_none() {
            return told(eval, format!("`{}` is what a function is called with", self.slice(lambda.at)));
        }
        let is_module = self.network.functions.contains(&head);
        let is_network = !is_module
            && self.network.inputs.iter().any(|it| it.file == self.file)
            && self
                .network
                .taken_arguments
                .iter()
                .any(|it| it.at.file == head.file && head.start <= it.at.start && it.at.end <= head.end);
        let given =
            if is_network { self.request.argument_values(eval).unwrap_or_default() } else { Vec::new() };
        let machine = if is_module { self.only_machine_of(head) } else { None };
        let mut values: Vec<(&str, Value)> = Vec::new();
        for (name, has_default) in formals {
            let known = given.iter().find(|(it, _)| it == name).map(|(_, value)| *value);
            let own = machine.filter(|_| name == "config").map(|it| self.config_of(eval, it));
            let value = match (known.or(own), name.as_str()) {
                (Some(value), _) => value,
                (None, _) if is_network && *has_default => continue,
                (None, "lib") if is_module => eval.lib(),
                (None, "pkgs") if is_module => eval.make_pkgs(None),
                (None, _) if is_module => told(eval, format!("`{name}` differs from machine to machine")),
                (None, _) => told(eval, format!("`{name}` is what a function is called with")),
            };
            values.push((name, value));
        }
        let more = Reason::Told("a function may be called with more".to_owned());
        let open = eval.add_unknown(more, None);
        eval.make_open_attrs(values, (!is_network).then_some(open))
    }
}

fn said(eval: &mut Evaluator, value: Value, at: Span) -> Said {
    if let Err(stop) = eval.force(value) {
        return stopped(eval, stop);
    }
    // What `mkIf` and the like make of a value is looked through.
    let (plain, _) = read_plain(eval, value, at);
    match plain.kind {
        PlainKind::Unknown(why) => Said::Unknown(why.sentence(|at| eval.sources().place(at))),
        _ => Said::Known(cut(plain.written())),
    }
}

fn stopped(eval: &mut Evaluator, stop: Stop) -> Said {
    match stop {
        Stop::Unknown(id) => {
            let why = eval.why(id);
            Said::Unknown(why.sentence(|at| eval.sources().place(at)))
        }
        Stop::Error(id) => Said::Fails(cut(eval.error(id).message.clone())),
    }
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
