//! Modules whose shape depends on `config`: what they import, or whether they are one set or another. Their values are
//! needed to know which modules there are, and the modules to know the values.
//!
//! Looks at the code as it was resolved; evaluates nothing.

use super::Evaluator;
use crate::syntax::{AttrName, BinaryOp, Definition, Expr, ExprId};
use crate::text::Span;

/// Where a module asks for `config` before there can be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditional {
    /// What is asked for.
    pub at: Span,
    pub place: ConditionalPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalPlace {
    /// The whole module.
    Module,
    /// Its `config`.
    Config,
    Imports,
}

/// What is bound around an expression, from the module's function on.
#[derive(Clone, Copy)]
enum Frame {
    /// The slots of `config` and of the whole argument.
    Module {
        config: Option<u32>,
        whole: Option<u32>,
    },
    Definitions(u32),
    With,
}

/// Names that lead to names; nobody writes longer chains.
const LONGEST_CHAIN: usize = 16;

impl Evaluator {
    /// What the functions of these heads ask for; the heads are sorted.
    pub fn conditional_modules(&self, heads: &[Span]) -> Vec<Conditional> {
        let mut found = Vec::new();
        let Some(config) = self.symbols.find("config") else { return found };
        for module in self.program.modules() {
            for number in module.lambdas {
                let lambda = self.program.lambdas[number as usize];
                if heads.binary_search(&Span::new(module.file, lambda.at.0, lambda.at.1)).is_err() {
                    continue;
                }
                let formals =
                    lambda.formals.map(|range| &self.program.formals[range.indices()]).unwrap_or_default();
                let slot = |at: usize| u32::try_from(at).expect("a function has fewer arguments");
                let frame = Frame::Module {
                    config: formals.iter().position(|it| it.sym == config).map(slot),
                    whole: lambda.whole.map(|_| slot(formals.len())),
                };
                let mut walk = Walk { eval: self, found: &mut found, frames: vec![frame] };
                walk.shape(lambda.body, ConditionalPlace::Module);
            }
        }
        found
    }
}

struct Walk<'a> {
    eval: &'a Evaluator,
    found: &'a mut Vec<Conditional>,
    frames: Vec<Frame>,
}

impl Walk<'_> {
    fn expr(&self, id: ExprId) -> Expr {
        self.eval.program.exprs[id.0 as usize]
    }

    fn inside(&mut self, frame: Frame, id: ExprId, place: ConditionalPlace) {
        self.frames.push(frame);
        self.shape(id, place);
        self.frames.pop();
    }

    fn report(&mut self, id: ExprId, place: ConditionalPlace) {
        self.found.push(Conditional { at: self.eval.program.span(id), place });
    }

    /// Something that must be known before there is a `config`.
    fn shape(&mut self, id: ExprId, place: ConditionalPlace) {
        match self.expr(id) {
            Expr::Let { set, body } => self.inside(Frame::Definitions(set), body, place),
            Expr::With { body, .. } => self.inside(Frame::With, body, place),
            Expr::If { condition, then, otherwise } => match self.forced(condition, &self.frames, 0) {
                Some(at) => self.report(at, place),
                None => {
                    self.shape(then, place);
                    self.shape(otherwise, place);
                }
            },
            Expr::Binary { op: BinaryOp::Update | BinaryOp::Concat, left, right } => {
                self.shape(left, place);
                self.shape(right, place);
            }
            Expr::Attrs(set) if place == ConditionalPlace::Module => self.module(set),
            Expr::List(items) if place == ConditionalPlace::Imports => {
                for item in items.indices() {
                    let item = self.eval.program.children[item];
                    if matches!(self.expr(item), Expr::If { .. }) {
                        self.shape(item, place);
                    }
                }
            }
            Expr::Apply { function, arguments } => {
                let name = self.last_name(function);
                let first = arguments.indices().next().map(|it| self.eval.program.children[it]);
                match (name, first, place) {
                    (Some("optional" | "optionals"), Some(condition), ConditionalPlace::Imports) => {
                        if let Some(at) = self.forced(condition, &self.frames, 0) {
                            self.report(at, place);
                        }
                    }
                    (Some("mkMerge"), Some(list), ConditionalPlace::Config) => {
                        if let Expr::List(items) = self.expr(list) {
                            items.indices().for_each(|it| self.shape(self.eval.program.children[it], place));
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn module(&mut self, set: u32) {
        let shape = &self.eval.program.sets[set as usize];
        let (entries, recursive) = (shape.entries, shape.recursive);
        for at in entries.indices() {
            let entry = self.eval.program.entries[at];
            let Definition::Value(value) = entry.definition else { continue };
            let place = match self.eval.name(entry.name) {
                "imports" => ConditionalPlace::Imports,
                "config" => ConditionalPlace::Config,
                _ => continue,
            };
            match recursive {
                true => self.inside(Frame::Definitions(set), value, place),
                false => self.shape(value, place),
            }
        }
    }

    /// The last name of a function such as `lib.optional`.
    fn last_name(&self, id: ExprId) -> Option<&str> {
        match self.expr(id) {
            Expr::Select { path, .. } => match self.eval.program.steps[path.indices()].last()?.name {
                AttrName::Static(name) => Some(self.eval.name(name)),
                AttrName::Dynamic(_) => None,
            },
            Expr::FromWith { sym, .. } => Some(self.eval.name(sym)),
            Expr::Local { .. } => Some(self.eval.sources().slice(self.eval.program.span(id))),
            _ => None,
        }
    }

    /// The part of an expression that asks for `config`, if evaluating the expression certainly does.
    fn forced(&self, id: ExprId, frames: &[Frame], chain: usize) -> Option<ExprId> {
        if chain > LONGEST_CHAIN {
            return None;
        }
        if self.is_config(id, frames, 0) {
            return Some(id);
        }
        match self.expr(id) {
            Expr::Not(inside) => self.forced(inside, frames, chain + 1),
            Expr::Binary { op: BinaryOp::And | BinaryOp::Or | BinaryOp::Implies, left, .. } => {
                self.forced(left, frames, chain + 1)
            }
            Expr::Binary { left, right, .. } => {
                self.forced(left, frames, chain + 1).or_else(|| self.forced(right, frames, chain + 1))
            }
            Expr::HasAttribute { base, .. } => self.is_config(base, frames, 0).then_some(id),
            Expr::If { condition, .. } => self.forced(condition, frames, chain + 1),
            Expr::Local { depth, slot } => {
                let (value, around) = self.definition(frames, depth, slot)?;
                self.forced(value, around, chain + 1).map(|_| id)
            }
            _ => None,
        }
    }

    /// What a name of a `let` was given, and what is bound around that.
    fn definition<'f>(&self, frames: &'f [Frame], depth: u32, slot: u32) -> Option<(ExprId, &'f [Frame])> {
        let at = frames.len().checked_sub(1 + depth as usize)?;
        let Frame::Definitions(set) = frames[at] else { return None };
        let entries = self.eval.program.sets[set as usize].entries;
        let entry = self.eval.program.entries[entries.indices()].get(slot as usize)?;
        match entry.definition {
            Definition::Value(value) => Some((value, &frames[..=at])),
            Definition::Inherit(value) => Some((value, &frames[..at])),
            Definition::InheritFrom(_) => None,
        }
    }

    /// Whether it is `config`, or selects from it.
    fn is_config(&self, id: ExprId, frames: &[Frame], chain: usize) -> bool {
        if chain > LONGEST_CHAIN {
            return false;
        }
        match self.expr(id) {
            Expr::Local { depth, slot } => {
                let frame = frames.len().checked_sub(1 + depth as usize).map(|at| frames[at]);
                match frame {
                    Some(Frame::Module { config, .. }) => config == Some(slot),
                    Some(Frame::Definitions(_)) => self
                        .definition(frames, depth, slot)
                        .is_some_and(|(value, around)| self.is_config(value, around, chain + 1)),
                    Some(Frame::With) | None => false,
                }
            }
            Expr::Select { base, path, .. } => {
                self.is_config(base, frames, chain + 1)
                    || self.is_whole(base, frames) && {
                        let first = self.eval.program.steps[path.indices()].first().map(|it| it.name);
                        matches!(first, Some(AttrName::Static(name)) if self.eval.name(name) == "config")
                    }
            }
            _ => false,
        }
    }

    /// Whether it is the whole argument of the module.
    fn is_whole(&self, id: ExprId, frames: &[Frame]) -> bool {
        let Expr::Local { depth, slot } = self.expr(id) else { return false };
        let frame = frames.len().checked_sub(1 + depth as usize).map(|at| frames[at]);
        matches!(frame, Some(Frame::Module { whole, .. }) if whole == Some(slot))
    }
}
