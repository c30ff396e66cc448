//! All modules of a run in one set of tables, so that an expression is one number. Evaluates nothing.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::heap::handle;
use crate::syntax::{
    AttrName, Bytes, Definition, Expr, ExprId, ExprIdPlusOne, Formal, Lambda, Module, Range, Set, Step, Sym,
    Symbols,
};
use crate::text::{FileId, Span};
use crate::value::PositionId;

/// A definition in a set.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetEntry {
    pub(super) name: Sym,
    pub(super) position: PositionId,
    pub(super) definition: Definition,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SetDynamic {
    pub(super) name: ExprId,
    pub(super) position: PositionId,
    pub(super) value: ExprId,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SetShape {
    pub(super) recursive: bool,
    pub(super) entries: Range,
    pub(super) dynamics: Range,
    pub(super) froms: Range,
    pub(super) overrides: Option<u32>,
    /// Whether the entries are in the order of their names.
    pub(super) sorted: bool,
}

/// Where a name was defined, and the expression it was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) name: Span,
    pub(super) value: Option<ExprId>,
}

/// Where the expressions and functions of a module stand.
pub(super) struct Tables {
    pub(super) file: FileId,
    pub(super) exprs: std::ops::Range<u32>,
    pub(super) lambdas: std::ops::Range<u32>,
}

#[derive(Debug)]
pub(super) struct Program {
    pub(super) exprs: Vec<Expr>,
    spans: Vec<Bytes>,
    pub(super) children: Vec<ExprId>,
    pub(super) steps: Vec<Step>,
    /// Parallel to `steps`: where the name was in the last set.
    pub(super) step_guesses: Vec<u32>,
    pub(super) sets: Vec<SetShape>,
    pub(super) entries: Vec<SetEntry>,
    pub(super) dynamics: Vec<SetDynamic>,
    pub(super) lambdas: Vec<Lambda>,
    pub(super) formals: Vec<Formal>,
    pub(super) formal_positions: Vec<PositionId>,
    pub(super) withs: Vec<u32>,
    /// The same, parallel to `withs`.
    pub(super) with_guesses: Vec<u32>,
    /// The same, parallel to `formals`.
    pub(super) formal_guesses: Vec<u32>,
    positions: Vec<Position>,
    /// First expression of each module, ascending.
    modules: Vec<(u32, FileId)>,
    /// The number of each file's first module.
    module_of: FxHashMap<FileId, usize>,
    /// What each module as a whole is.
    roots: Vec<ExprId>,
    /// First lambda of each module, ascending.
    lambda_modules: Vec<(u32, FileId)>,
}

impl Default for Program {
    fn default() -> Self {
        let nowhere = Position { name: Span::new(FileId(0), 0, 0), value: None };
        Self {
            exprs: Vec::new(),
            spans: Vec::new(),
            children: Vec::new(),
            steps: Vec::new(),
            step_guesses: Vec::new(),
            sets: Vec::new(),
            entries: Vec::new(),
            dynamics: Vec::new(),
            lambdas: Vec::new(),
            formals: Vec::new(),
            formal_positions: Vec::new(),
            withs: Vec::new(),
            with_guesses: Vec::new(),
            formal_guesses: Vec::new(),
            positions: vec![nowhere],
            modules: Vec::new(),
            module_of: FxHashMap::default(),
            roots: Vec::new(),
            lambda_modules: Vec::new(),
        }
    }
}

/// So many entries fit into the large tables before they are copied to a larger place.
const ROOM: usize = 1 << 20;

/// How far the numbers of a module move.
struct Shift {
    expr: u32,
    children: u32,
    steps: u32,
    sets: u32,
    lambdas: u32,
    formals: u32,
    withs: u32,
    symbols: Vec<Sym>,
}

impl Shift {
    fn expr(&self, id: ExprId) -> ExprId {
        ExprId(id.0 + self.expr)
    }

    fn optional(&self, id: Option<ExprIdPlusOne>) -> Option<ExprIdPlusOne> {
        id.map(|id| ExprIdPlusOne::new(self.expr(id.get())))
    }

    fn sym(&self, sym: Sym) -> Sym {
        self.symbols[sym.0 as usize]
    }
}

fn moved(range: Range, by: u32) -> Range {
    Range { start: range.start + by, len: range.len }
}

impl Program {
    /// Adds a module; gives its root. Paths in it become absolute against `folder`.
    pub(super) fn append(
        &mut self,
        module: &Module,
        file: FileId,
        symbols: &mut Symbols,
        folder: &Path,
        home: Option<&Path>,
    ) -> ExprId {
        let shift = Shift {
            expr: handle(self.exprs.len()),
            children: handle(self.children.len()),
            steps: handle(self.steps.len()),
            sets: handle(self.sets.len()),
            lambdas: handle(self.lambdas.len()),
            formals: handle(self.formals.len()),
            withs: handle(self.withs.len()),
            symbols: module.symbols.iter().map(|name| symbols.intern(name)).collect(),
        };
        self.module_of.entry(file).or_insert(self.modules.len());
        self.modules.push((shift.expr, file));
        self.lambda_modules.push((shift.lambdas, file));
        let root = shift.expr(module.root());
        self.roots.push(root);
        for expr in &module.exprs {
            let expr = self.rebased(*expr, &shift, symbols, folder, home);
            self.exprs.push(expr);
        }
        self.spans.extend_from_slice(&module.spans);
        self.children.extend(module.children.iter().map(|id| shift.expr(*id)));
        self.steps.extend(module.steps.iter().map(|step| Step {
            name: match step.name {
                AttrName::Static(sym) => AttrName::Static(shift.sym(sym)),
                AttrName::Dynamic(name) => AttrName::Dynamic(shift.expr(name)),
            },
            at: step.at,
        }));
        self.withs.extend_from_slice(&module.withs);
        self.step_guesses.resize(self.steps.len(), 0);
        self.with_guesses.resize(self.withs.len(), 0);
        for formal in &module.formals {
            let default = shift.optional(formal.default);
            let position = self.position(file, formal.at, default.map(ExprIdPlusOne::get));
            self.formals.push(Formal { sym: shift.sym(formal.sym), at: formal.at, default });
            self.formal_positions.push(position);
        }
        for lambda in &module.lambdas {
            self.lambdas.push(Lambda {
                whole: lambda.whole.map(|sym| shift.sym(sym)),
                formals: lambda.formals.map(|range| moved(range, shift.formals)),
                ellipsis: lambda.ellipsis,
                body: shift.expr(lambda.body),
                at: lambda.at,
            });
        }
        self.formal_guesses.resize(self.formals.len(), 0);
        let overrides = symbols.find("__overrides");
        for set in &module.sets {
            self.append_set(set, file, &shift, overrides);
        }
        root
    }

    fn append_set(&mut self, set: &Set, file: FileId, shift: &Shift, overrides: Option<Sym>) {
        let entries = Range { start: handle(self.entries.len()), len: handle(set.entries.len()) };
        let mut override_slot = None;
        for (slot, entry) in set.entries.iter().enumerate() {
            let (definition, value) = match entry.definition {
                Definition::Value(value) => (Definition::Value(shift.expr(value)), Some(shift.expr(value))),
                Definition::Inherit(value) => {
                    (Definition::Inherit(shift.expr(value)), Some(shift.expr(value)))
                }
                Definition::InheritFrom(number) => (Definition::InheritFrom(number), None),
            };
            let name = shift.sym(entry.sym);
            if Some(name) == overrides && set.recursive {
                override_slot = Some(handle(slot));
            }
            let position = self.position(file, entry.at, value);
            self.entries.push(SetEntry { name, position, definition });
        }
        // Nothing counts the entries of a set that is not recursive.
        let written = &mut self.entries[entries.indices()];
        if !set.recursive {
            written.sort_unstable_by_key(|entry| entry.name);
        }
        let sorted = written.is_sorted_by_key(|entry| entry.name);
        let dynamics = Range { start: handle(self.dynamics.len()), len: handle(set.dynamics.len()) };
        for dynamic in &set.dynamics {
            let value = shift.expr(dynamic.value);
            let position = self.position(file, dynamic.at, Some(value));
            self.dynamics.push(SetDynamic { name: shift.expr(dynamic.name), position, value });
        }
        let froms = Range { start: handle(self.children.len()), len: handle(set.froms.len()) };
        self.children.extend(set.froms.iter().map(|id| shift.expr(*id)));
        self.sets.push(SetShape {
            recursive: set.recursive,
            entries,
            dynamics,
            froms,
            overrides: override_slot,
            sorted,
        });
    }

    fn rebased(
        &self,
        expr: Expr,
        shift: &Shift,
        symbols: &mut Symbols,
        folder: &Path,
        home: Option<&Path>,
    ) -> Expr {
        match expr {
            Expr::Str(sym) => Expr::Str(shift.sym(sym)),
            Expr::Path(sym) => {
                let written = symbols.shared(shift.sym(sym));
                let mut path = super::paths::absolute(folder, &written);
                // The slash at the end of the first part of an interpolated path counts.
                if written.ends_with('/') && path != "/" {
                    path.push('/');
                }
                Expr::Path(symbols.intern(&path))
            }
            Expr::HomePath(sym) => match home {
                None => Expr::HomePath(shift.sym(sym)),
                Some(home) => {
                    let written = symbols.shared(shift.sym(sym));
                    let mut path = super::paths::absolute(home, written.trim_start_matches('/'));
                    if written.ends_with('/') {
                        path.push('/');
                    }
                    Expr::Path(symbols.intern(&path))
                }
            },
            Expr::SearchPath(sym) => Expr::SearchPath(shift.sym(sym)),
            Expr::Name(sym) => Expr::Undefined(shift.sym(sym)),
            Expr::FromWith { sym, withs } => {
                Expr::FromWith { sym: shift.sym(sym), withs: moved(withs, shift.withs) }
            }
            Expr::Global(sym) => Expr::Global(shift.sym(sym)),
            Expr::Undefined(sym) => Expr::Undefined(shift.sym(sym)),
            Expr::Select { base, path, default } => Expr::Select {
                base: shift.expr(base),
                path: moved(path, shift.steps),
                default: shift.optional(default),
            },
            Expr::HasAttribute { base, path } => {
                Expr::HasAttribute { base: shift.expr(base), path: moved(path, shift.steps) }
            }
            Expr::Lambda(number) => Expr::Lambda(number + shift.lambdas),
            Expr::Apply { function, arguments } => {
                Expr::Apply { function: shift.expr(function), arguments: moved(arguments, shift.children) }
            }
            Expr::Let { set, body } => Expr::Let { set: set + shift.sets, body: shift.expr(body) },
            Expr::Attrs(set) => Expr::Attrs(set + shift.sets),
            Expr::List(items) => Expr::List(moved(items, shift.children)),
            Expr::With { scope, body } => Expr::With { scope: shift.expr(scope), body: shift.expr(body) },
            Expr::If { condition, then, otherwise } => Expr::If {
                condition: shift.expr(condition),
                then: shift.expr(then),
                otherwise: shift.expr(otherwise),
            },
            Expr::Assert { condition, body } => {
                Expr::Assert { condition: shift.expr(condition), body: shift.expr(body) }
            }
            Expr::Not(inside) => Expr::Not(shift.expr(inside)),
            Expr::Negate(inside) => Expr::Negate(shift.expr(inside)),
            Expr::Binary { op, left, right } => {
                Expr::Binary { op, left: shift.expr(left), right: shift.expr(right) }
            }
            Expr::Interpolation { parts, makes } => {
                Expr::Interpolation { parts: moved(parts, shift.children), makes }
            }
            Expr::Pipe { function, argument } => {
                Expr::Pipe { function: shift.expr(function), argument: shift.expr(argument) }
            }
            Expr::Damaged | Expr::Int(_) | Expr::Float(_) | Expr::Local { .. } | Expr::CurrentPosition => {
                expr
            }
        }
    }

    fn position(&mut self, file: FileId, at: Bytes, value: Option<ExprId>) -> PositionId {
        let id = PositionId(handle(self.positions.len()));
        self.positions.push(Position { name: Span::new(file, at.0, at.1), value });
        id
    }

    pub(super) fn position_of(&self, id: PositionId) -> Option<Position> {
        if id == PositionId::NONE { None } else { Some(self.positions[id.index()]) }
    }

    pub(super) fn span(&self, id: ExprId) -> Span {
        let module = self.modules.partition_point(|(first, _)| *first <= id.0) - 1;
        let (start, end) = self.spans[id.0 as usize];
        Span::new(self.modules[module].1, start, end)
    }

    /// Tables that can grow for a while without being copied. It takes addresses, but no memory that is not used.
    pub(super) fn make_room(&mut self) {
        // Where there are no addresses to be had the tables grow as they do.
        let _ = self.exprs.try_reserve_exact(ROOM);
        let _ = self.spans.try_reserve_exact(ROOM);
        let _ = self.children.try_reserve_exact(ROOM);
        let _ = self.entries.try_reserve_exact(ROOM);
        let _ = self.positions.try_reserve_exact(ROOM);
        let _ = self.steps.try_reserve_exact(ROOM / 2);
        let _ = self.sets.try_reserve_exact(ROOM / 2);
    }

    /// Where the elements of a list are written, if this is the place of one; of few that cannot be said.
    pub(super) fn elements_at(&self, at: Span) -> Option<&[ExprId]> {
        // What is inside of an expression stands before it.
        let module = *self.module_of.get(&at.file)?;
        let first = self.modules[module].0;
        let end = self.modules.get(module + 1).map_or(self.exprs.len(), |(first, _)| *first as usize);
        let (first, spans) = (first as usize, &self.spans[..end]);
        let found = first + spans[first..].partition_point(|(_, end)| *end < at.end);
        let ending = spans[found..].iter().take_while(|(_, end)| *end == at.end).zip(found..);
        ending.into_iter().find_map(|((start, _), number)| match self.exprs[number] {
            Expr::List(range) if *start == at.start => Some(&self.children[range.indices()]),
            _ => None,
        })
    }

    /// Where an expression stands in its file.
    pub(super) fn bytes(&self, id: ExprId) -> Bytes {
        self.spans[id.0 as usize]
    }

    /// What a file as a whole is.
    pub(super) fn root_of(&self, file: FileId) -> Option<ExprId> {
        self.module_of.get(&file).map(|module| self.roots[*module])
    }

    /// All modules, in the order in which they were read.
    pub(super) fn modules(&self) -> impl Iterator<Item = Tables> {
        let ends = |firsts: &[(u32, FileId)], number: usize, all: usize| {
            firsts.get(number + 1).map_or_else(|| handle(all), |(first, _)| *first)
        };
        self.modules.iter().zip(&self.lambda_modules).enumerate().map(move |(number, (exprs, lambdas))| {
            Tables {
                file: exprs.1,
                exprs: exprs.0..ends(&self.modules, number, self.exprs.len()),
                lambdas: lambdas.0..ends(&self.lambda_modules, number, self.lambdas.len()),
            }
        })
    }

    /// The parameter of a function as written.
    pub(super) fn lambda_span(&self, number: u32) -> Span {
        let module = self.lambda_modules.partition_point(|(first, _)| *first <= number) - 1;
        let (start, end) = self.lambdas[number as usize].at;
        Span::new(self.lambda_modules[module].1, start, end)
    }

    /// Where a step of an attribute path was written; the expression is any of the same file.
    pub(super) fn step_span(&self, of: ExprId, step: Step) -> Span {
        Span::new(self.span(of).file, step.at.0, step.at.1)
    }
}

/// Interned copies of an unknown are found by what they say.
pub(super) type Interned<K, V> = FxHashMap<K, V>;
