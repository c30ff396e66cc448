//! Resolves names: each becomes a frame and a slot, a question to the enclosing `with`s, or a global.
//!
//! Knows which names Nix gives to every file; evaluates nothing.

use super::Sym;
use super::errors::{SyntaxError, SyntaxErrorKind};
use super::ir::*;
use super::oddities::{self, Oddity, OddityKind};
use crate::text::{FileId, Span};

pub(super) struct Resolver<'a> {
    pub(super) module: &'a mut Module,
    pub(super) file: FileId,
    text: &'a str,
    pub(super) oddities: Vec<Oddity>,
    /// Slots of the frame that was left last that nothing used.
    unused: Vec<usize>,
    pub(super) errors: &'a mut Vec<SyntaxError>,
    /// What is bound at this place, innermost last.
    bindings: Vec<Binding>,
    /// For each name how many bindings there were with its innermost one; zero where nothing binds it.
    innermost: Vec<usize>,
    /// Frames of the enclosing `with`s, innermost last, and whether a name was looked for there.
    withs: Vec<(u32, bool)>,
    level: u32,
    /// Whether a name beginning with `__` is a builtin.
    is_builtin: &'a dyn Fn(&str) -> bool,
}

struct Binding {
    name: Sym,
    level: u32,
    slot: u32,
    used: bool,
    /// What `innermost` said of the name before.
    outer: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        module: &'a mut Module,
        (file, text): (FileId, &'a str),
        errors: &'a mut Vec<SyntaxError>,
        is_builtin: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        let (bindings, innermost) = (Vec::new(), vec![0; module.symbols.len()]);
        let (oddities, unused) = (Vec::new(), Vec::new());
        let withs = Vec::new();
        Self {
            module,
            file,
            text,
            oddities,
            unused,
            errors,
            bindings,
            innermost,
            withs,
            level: 0,
            is_builtin,
        }
    }

    /// Names of the outermost frame: those a `scopedImport` gives.
    pub(super) fn with_frame(&mut self, names: &[Sym], inside: ExprId) {
        if names.is_empty() {
            self.resolve(inside);
        } else {
            self.in_frame(names, |this| this.resolve(inside));
        }
    }

    fn in_frame(&mut self, names: &[Sym], inside: impl FnOnce(&mut Self)) {
        self.level += 1;
        for (slot, name) in names.iter().enumerate() {
            let outer = std::mem::replace(&mut self.innermost[name.0 as usize], self.bindings.len() + 1);
            self.bindings.push(Binding {
                name: *name,
                level: self.level,
                slot: index(slot),
                used: false,
                outer,
            });
        }
        inside(self);
        self.unused.clear();
        for slot in (0..names.len()).rev() {
            if let Some(binding) = self.bindings.pop() {
                self.innermost[binding.name.0 as usize] = binding.outer;
                if !binding.used {
                    self.unused.push(slot);
                }
            }
        }
        self.level -= 1;
    }

    /// The innermost binding of a name, which is used from now on.
    fn bound(&mut self, name: Sym) -> Option<&Binding> {
        let number = self.innermost.get(name.0 as usize)?.checked_sub(1)?;
        self.bindings[number].used = true;
        Some(&self.bindings[number])
    }

    fn resolve(&mut self, id: ExprId) {
        stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.resolve_inside(id));
    }

    fn resolve_inside(&mut self, id: ExprId) {
        match self.module.expr(id) {
            Expr::Damaged
            | Expr::Int(_)
            | Expr::Float(_)
            | Expr::Str(_)
            | Expr::Path(_)
            | Expr::HomePath(_)
            | Expr::Local { .. }
            | Expr::FromWith { .. }
            | Expr::Global(_)
            | Expr::Undefined(_)
            | Expr::CurrentPosition => {}
            Expr::SearchPath(sym) => self.search_path(id, sym),
            Expr::Name(sym) => {
                let found = self.variable(sym, id);
                self.module.exprs[id.0 as usize] = found;
            }
            Expr::Select { base, path, default } => {
                self.resolve(base);
                self.path(path);
                if let Some(default) = default {
                    self.resolve(default.get());
                }
            }
            Expr::HasAttribute { base, path } => {
                self.resolve(base);
                self.path(path);
            }
            Expr::Lambda(number) => self.lambda(number),
            Expr::Apply { function, arguments } => {
                self.resolve(function);
                self.children(arguments);
            }
            Expr::Pipe { function, argument } => {
                self.resolve(function);
                self.resolve(argument);
            }
            Expr::Let { set, body } => self.set(set, Some(body)),
            Expr::Attrs(set) => self.set(set, None),
            Expr::List(items) => self.children(items),
            Expr::With { scope, body } => {
                self.resolve(scope);
                self.level += 1;
                self.withs.push((self.level, false));
                self.resolve(body);
                if let Some((_, false)) = self.withs.pop() {
                    let (start, scope) = (self.module.span(id).0, self.module.span(scope));
                    let mut oddity = Oddity::new(OddityKind::UnusedWith, (start, scope.1));
                    oddity.removable = oddities::with(self.text, start, scope);
                    self.oddities.push(oddity);
                }
                self.level -= 1;
            }
            Expr::If { condition, then, otherwise } => {
                self.resolve(condition);
                self.resolve(then);
                self.resolve(otherwise);
            }
            Expr::Assert { condition, body } => {
                self.resolve(condition);
                self.resolve(body);
            }
            Expr::Not(inside) | Expr::Negate(inside) => self.resolve(inside),
            Expr::Binary { left, right, .. } => {
                self.resolve(left);
                self.resolve(right);
            }
            Expr::Interpolation { parts, .. } => self.children(parts),
        }
    }

    /// `<name>` is `__findFile __nixPath "name"`, and both may be names of the user's.
    fn search_path(&mut self, id: ExprId, written: Sym) {
        let names = ["__findFile", "__nixPath"].map(|name| self.module.symbols.intern(name));
        if names.iter().filter(|name| self.bound(**name).is_some()).count() == 0 {
            return;
        }
        let at = self.module.span(id);
        let [find, path] = names.map(|name| self.module.add(Expr::Name(name), at));
        for name in [find, path] {
            self.resolve(name);
        }
        let text = self.module.add(Expr::Str(written), at);
        let arguments = self.module.add_children(&[path, text]);
        self.module.exprs[id.0 as usize] = Expr::Apply { function: find, arguments };
    }

    fn children(&mut self, range: Range) {
        for at in range.indices() {
            self.resolve(self.module.children[at]);
        }
    }

    fn path(&mut self, range: Range) {
        for at in range.indices() {
            if let AttrName::Dynamic(name) = self.module.steps[at].name {
                self.resolve(name);
            }
        }
    }

    fn lambda(&mut self, number: u32) {
        let lambda = self.module.lambdas[number as usize];
        let formals: Vec<Formal> =
            lambda.formals.map(|range| self.module.formals[range.indices()].to_vec()).unwrap_or_default();
        let names: Vec<Sym> = formals.iter().map(|formal| formal.sym).chain(lambda.whole).collect();
        self.in_frame(&names, |this| {
            for formal in &formals {
                if let Some(default) = formal.default {
                    this.resolve(default.get());
                }
            }
            this.resolve(lambda.body);
        });
        // Where the whole argument is used, so may be what it is made of.
        if !formals.is_empty() && (lambda.whole.is_none() || self.unused.first() == Some(&formals.len())) {
            let outermost = self.level == 0;
            for slot in self.unused.iter().rev().filter(|slot| **slot < formals.len()) {
                let kind = OddityKind::UnusedArgument { ellipsis: lambda.ellipsis, outermost };
                let oddity = Oddity { head: lambda.at, ..Oddity::new(kind, formals[*slot].at) };
                self.oddities.push(oddity);
            }
        }
    }

    fn set(&mut self, number: u32, body: Option<ExprId>) {
        // The definitions are put back afterwards: resolving them changes expressions, not the set.
        let set = std::mem::take(&mut self.module.sets[number as usize]);
        for entry in &set.entries {
            if let Definition::Inherit(value) = entry.definition {
                self.resolve(value);
            }
        }
        let inside = |this: &mut Self| {
            for source in &set.froms {
                this.resolve(*source);
            }
            for entry in &set.entries {
                if let Definition::Value(value) = entry.definition {
                    this.resolve(value);
                }
            }
            for dynamic in &set.dynamics {
                this.resolve(dynamic.name);
                this.resolve(dynamic.value);
            }
            if let Some(body) = body {
                this.resolve(body);
            }
        };
        if set.recursive {
            let names: Vec<Sym> = set.entries.iter().map(|entry| entry.sym).collect();
            self.in_frame(&names, inside);
            match body {
                Some(_) => self.unused_definitions(&set),
                None => {
                    let overrides =
                        set.entries.iter().find(|it| self.module.symbols.name(it.sym) == "__overrides");
                    self.oddities.extend(overrides.map(|it| Oddity::new(OddityKind::Overrides, it.at)));
                }
            }
        } else {
            inside(self);
        }
        self.module.sets[number as usize] = set;
    }

    fn unused_definitions(&mut self, set: &Set) {
        for slot in self.unused.iter().rev() {
            let Some(entry) = set.entries.get(*slot) else { continue };
            let mut oddity = Oddity::new(OddityKind::UnusedBinding, entry.at);
            oddity.removable = match entry.definition {
                Definition::Value(value) => {
                    oddities::definition(self.text, entry.at, self.module.span(value))
                }
                Definition::Inherit(_) | Definition::InheritFrom(_) => {
                    oddities::inherited(self.text, entry.at)
                }
            };
            self.oddities.push(oddity);
        }
    }

    fn variable(&mut self, sym: Sym, id: ExprId) -> Expr {
        let level = self.level;
        if let Some(binding) = self.bound(sym) {
            return Expr::Local { depth: level - binding.level, slot: binding.slot };
        }
        let name = self.module.symbols.name(sym);
        let builtin = || name.strip_prefix("__").is_some_and(|_| (self.is_builtin)(name));
        if super::is_global_name(name) || builtin() {
            return Expr::Global(sym);
        }
        if !self.withs.is_empty() {
            let start = index(self.module.withs.len());
            self.withs.iter_mut().for_each(|(_, used)| *used = true);
            self.module.withs.extend(self.withs.iter().rev().map(|(frame, _)| self.level - frame));
            return Expr::FromWith { sym, withs: Range { start, len: index(self.withs.len()) } };
        }
        if self.errors.len() >= super::parser::MOST_ERRORS {
            return Expr::Undefined(sym);
        }
        let (start, end) = self.module.span(id);
        let message = format!("undefined variable `{name}`");
        let help = self.similar(name);
        self.errors.push(SyntaxError {
            kind: SyntaxErrorKind::UndefinedVariable,
            span: Span::new(self.file, start, end),
            message,
            expected: None,
            opening: None,
            help,
        });
        Expr::Undefined(sym)
    }

    /// A name in scope that the author may have meant.
    fn similar(&self, name: &str) -> Option<String> {
        let in_scope = self.bindings.iter().map(|it| self.module.symbols.name(it.name));
        let candidates = in_scope.chain(super::GLOBAL_NAMES.iter().copied());
        Some(format!("did you mean `{}`?", crate::text::nearest(name, candidates)?))
    }
}
