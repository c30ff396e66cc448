//! Which definition each name of a file means: the resolved code walked once, frame by frame, just as names were resolved.
//!
//! Knows nothing of attributes, and evaluates nothing.

use crate::syntax::{AttrName, Bytes, Definition, Expr, ExprId, Module, RED_ZONE, STACK, Sym};

/// What introduces names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FrameKind {
    Let(u32),
    Recursive(u32),
    Lambda(u32),
    With,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) kind: FrameKind,
    /// The expression that introduces it.
    pub(super) expr: ExprId,
    pub(super) at: Bytes,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The number of its frame, and its slot there.
    Local {
        frame: u32,
        slot: u32,
    },
    /// One of the sets of the `with`s around gives it, if any does; the innermost frame.
    FromWith {
        frame: u32,
    },
    Global,
    Nothing,
}

/// A name that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) at: Bytes,
    pub(super) sym: Sym,
    pub(super) meaning: Meaning,
    pub(super) expr: ExprId,
    /// Whether it stands in an `inherit`, which also names an attribute.
    pub(super) inherited: bool,
}

#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) frames: Vec<Frame>,
    /// In order of position.
    pub(super) uses: Vec<Use>,
    /// Of each expression that evaluation may reach, its parent, or itself at the top; and whether that introduces a frame
    /// that holds it.
    pub(super) parents: Vec<Option<(ExprId, bool)>>,
}

struct Walk<'m> {
    module: &'m Module,
    out: Names,
    /// The frames around.
    stack: Vec<u32>,
}

impl Names {
    pub(super) fn of(module: &Module) -> Self {
        let out = Names { parents: vec![None; module.exprs.len()], ..Names::default() };
        let mut walk = Walk { module, out, stack: Vec::new() };
        if module.root.is_some() {
            walk.visit(module.root(), module.root(), false);
        }
        walk.out.uses.sort_by_key(|it| it.at);
        walk.out
    }

    /// The name that is used at a place.
    pub(super) fn use_at(&self, at: u32) -> Option<&Use> {
        let end = self.uses.partition_point(|it| it.at.0 <= at);
        self.uses[..end].iter().rev().take(2).find(|it| at <= it.at.1)
    }

    /// The names of a frame, slot by slot, with where each is first written.
    pub(super) fn slots(&self, module: &Module, frame: u32) -> Vec<(Sym, Bytes)> {
        match self.frames[frame as usize].kind {
            FrameKind::Let(set) | FrameKind::Recursive(set) => {
                module.sets[set as usize].entries.iter().map(|it| (it.sym, it.at)).collect()
            }
            FrameKind::Lambda(lambda) => {
                let lambda = module.lambdas[lambda as usize];
                let formals = lambda.formals.map(|range| &module.formals[range.indices()]);
                let formals = formals.into_iter().flatten().map(|it| (it.sym, it.at));
                formals.chain(lambda.whole.map(|whole| (whole, lambda.at))).collect()
            }
            FrameKind::With => Vec::new(),
        }
    }

    /// One slot of a frame: its name, and where that is first written.
    pub(super) fn slot(&self, module: &Module, frame: u32, slot: u32) -> Option<(Sym, Bytes)> {
        let slot = slot as usize;
        match self.frames[frame as usize].kind {
            FrameKind::Let(set) | FrameKind::Recursive(set) => {
                module.sets[set as usize].entries.get(slot).map(|it| (it.sym, it.at))
            }
            FrameKind::Lambda(lambda) => {
                let lambda = module.lambdas[lambda as usize];
                let formals =
                    lambda.formals.map(|range| &module.formals[range.indices()]).unwrap_or_default();
                match formals.get(slot) {
                    Some(formal) => Some((formal.sym, formal.at)),
                    None => lambda.whole.filter(|_| slot == formals.len()).map(|whole| (whole, lambda.at)),
                }
            }
            FrameKind::With => None,
        }
    }

    /// The definition of a local name that stands at a place: its frame and slot.
    pub(super) fn definition_at(&self, module: &Module, text: &str, at: u32) -> Option<(u32, u32)> {
        let holding = self.frames.iter().enumerate().filter(|(_, it)| it.at.0 <= at && at <= it.at.1);
        for (frame, _) in holding {
            let frame = u32::try_from(frame).ok()?;
            for (slot, (sym, written)) in self.slots(module, frame).into_iter().enumerate() {
                let written = self.written(module, text, frame, sym, written);
                if written.0 <= at && at <= written.1 {
                    return Some((frame, u32::try_from(slot).ok()?));
                }
            }
        }
        None
    }

    /// Where the name itself stands: that of a whole argument is somewhere in the parameter.
    pub(super) fn written(&self, module: &Module, text: &str, frame: u32, sym: Sym, at: Bytes) -> Bytes {
        let FrameKind::Lambda(lambda) = self.frames[frame as usize].kind else { return at };
        let lambda = module.lambdas[lambda as usize];
        if lambda.whole != Some(sym) || at != lambda.at || lambda.formals.is_none() {
            return at;
        }
        let name = module.symbols.name(sym);
        let Some(head) = text.get(at.0 as usize..at.1 as usize) else { return at };
        let length = u32::try_from(name.len()).unwrap_or(0);
        let first = head.starts_with(name) && head[name.len()..].trim_start().starts_with('@');
        match (first, head.ends_with(name)) {
            (true, _) => (at.0, at.0 + length),
            (false, true) => (at.1 - length, at.1),
            (false, false) => at,
        }
    }
}

impl Walk<'_> {
    fn visit(&mut self, id: ExprId, parent: ExprId, inside: bool) {
        if self.out.parents[id.0 as usize].is_some() {
            return;
        }
        self.out.parents[id.0 as usize] = Some((parent, inside));
        stacker::maybe_grow(RED_ZONE, STACK, || self.children(id));
    }

    fn frame(&mut self, kind: FrameKind, expr: ExprId) {
        let number = u32::try_from(self.out.frames.len()).expect("a file has fewer than 2^32 nodes");
        self.out.frames.push(Frame { kind, expr, at: self.module.span(expr) });
        self.stack.push(number);
    }

    fn used(&mut self, id: ExprId, sym: Sym, meaning: Meaning, inherited: bool) {
        let at = self.module.span(id);
        self.out.uses.push(Use { at, sym, meaning, expr: id, inherited });
    }

    fn name(&mut self, id: ExprId, inherited: bool) {
        let around = |depth: u32| -> Option<u32> {
            let at = self.stack.len().checked_sub(depth as usize + 1)?;
            Some(self.stack[at])
        };
        match self.module.expr(id) {
            Expr::Local { depth, slot } => {
                let Some(frame) = around(depth) else { return };
                if let Some((sym, _)) = self.out.slot(self.module, frame, slot) {
                    self.used(id, sym, Meaning::Local { frame, slot }, inherited);
                }
            }
            Expr::FromWith { sym, withs } => {
                let depth = self.module.withs[withs.indices()].first().copied().unwrap_or(0);
                let meaning = around(depth).map_or(Meaning::Nothing, |frame| Meaning::FromWith { frame });
                self.used(id, sym, meaning, inherited);
            }
            Expr::Global(sym) => self.used(id, sym, Meaning::Global, inherited),
            Expr::Undefined(sym) | Expr::Name(sym) => self.used(id, sym, Meaning::Nothing, inherited),
            _ => {}
        }
    }

    fn children(&mut self, id: ExprId) {
        match self.module.expr(id) {
            Expr::Damaged
            | Expr::Int(_)
            | Expr::Float(_)
            | Expr::Str(_)
            | Expr::Path(_)
            | Expr::HomePath(_)
            | Expr::SearchPath(_)
            | Expr::CurrentPosition => {}
            Expr::Local { .. }
            | Expr::FromWith { .. }
            | Expr::Global(_)
            | Expr::Undefined(_)
            | Expr::Name(_) => self.name(id, false),
            Expr::Select { base, path, default } => {
                self.visit(base, id, false);
                self.path(path, id);
                if let Some(default) = default {
                    self.visit(default.get(), id, false);
                }
            }
            Expr::HasAttribute { base, path } => {
                self.visit(base, id, false);
                self.path(path, id);
            }
            Expr::Lambda(number) => {
                let lambda = self.module.lambdas[number as usize];
                self.frame(FrameKind::Lambda(number), id);
                for at in lambda.formals.map(|it| it.indices()).into_iter().flatten() {
                    if let Some(default) = self.module.formals[at].default {
                        self.visit(default.get(), id, true);
                    }
                }
                self.visit(lambda.body, id, true);
                self.stack.pop();
            }
            Expr::Apply { function, arguments } => {
                self.visit(function, id, false);
                self.range(arguments, id);
            }
            Expr::Pipe { function, argument } => {
                self.visit(function, id, false);
                self.visit(argument, id, false);
            }
            Expr::Let { set, body } => self.set(set, id, Some(body)),
            Expr::Attrs(set) => self.set(set, id, None),
            Expr::List(items) => self.range(items, id),
            Expr::With { scope, body } => {
                self.visit(scope, id, false);
                self.frame(FrameKind::With, id);
                self.visit(body, id, true);
                self.stack.pop();
            }
            Expr::If { condition, then, otherwise } => {
                for part in [condition, then, otherwise] {
                    self.visit(part, id, false);
                }
            }
            Expr::Assert { condition, body } => {
                self.visit(condition, id, false);
                self.visit(body, id, false);
            }
            Expr::Not(inside) | Expr::Negate(inside) => self.visit(inside, id, false),
            Expr::Binary { left, right, .. } => {
                self.visit(left, id, false);
                self.visit(right, id, false);
            }
            Expr::Interpolation { parts, .. } => self.range(parts, id),
        }
    }

    fn range(&mut self, range: crate::syntax::Range, parent: ExprId) {
        for at in range.indices() {
            self.visit(self.module.children[at], parent, false);
        }
    }

    fn path(&mut self, range: crate::syntax::Range, parent: ExprId) {
        for at in range.indices() {
            if let AttrName::Dynamic(name) = self.module.steps[at].name {
                self.visit(name, parent, false);
            }
        }
    }

    fn set(&mut self, number: u32, id: ExprId, body: Option<ExprId>) {
        let module = self.module;
        let set = &module.sets[number as usize];
        for entry in &set.entries {
            if let Definition::Inherit(value) = entry.definition
                && self.out.parents[value.0 as usize].is_none()
            {
                self.out.parents[value.0 as usize] = Some((id, false));
                self.name(value, true);
            }
        }
        if set.recursive {
            let kind = match body {
                Some(_) => FrameKind::Let(number),
                None => FrameKind::Recursive(number),
            };
            self.frame(kind, id);
        }
        let inside = set.recursive;
        for source in &set.froms {
            self.visit(*source, id, inside);
        }
        for entry in &set.entries {
            if let Definition::Value(value) = entry.definition {
                self.visit(value, id, inside);
            }
        }
        for dynamic in &set.dynamics {
            self.visit(dynamic.name, id, inside);
            self.visit(dynamic.value, id, inside);
        }
        if let Some(body) = body {
            self.visit(body, id, inside);
        }
        if set.recursive {
            self.stack.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;
    use crate::text::FileId;

    #[test]
    fn each_use_finds_its_definition() {
        let text =
            "a@{ x, y ? x }: let z = x; inherit (a) w; in rec { q = z; inherit y; r = with q; w + v + map; }";
        let parsed = parse(FileId(0), text);
        let names = Names::of(&parsed.module);
        let shown: Vec<String> = names
            .uses
            .iter()
            .map(|it| {
                let name = parsed.module.symbols.name(it.sym);
                match it.meaning {
                    Meaning::Local { frame, slot } => {
                        let (sym, at) = names.slots(&parsed.module, frame)[slot as usize];
                        format!("{name}@{}", names.written(&parsed.module, text, frame, sym, at).0)
                    }
                    other => format!("{name}:{other:?}"),
                }
            })
            .collect();
        let at = |what: &str| text.find(what).unwrap();
        let expected = [
            format!("x@{}", at("x,")),
            format!("x@{}", at("x,")),
            "a@0".to_owned(),
            format!("z@{}", at("z =")),
            format!("y@{}", at("y ?")),
            format!("q@{}", at("q =")),
            format!("w@{}", at("w;")),
            "v:FromWith { frame: 3 }".to_owned(),
            "map:Global".to_owned(),
        ];
        assert_eq!(shown, expected);
        let slot = names.definition_at(&parsed.module, text, u32::try_from(at("z =")).unwrap());
        assert_eq!(slot, Some((1, 0)));
    }
}
