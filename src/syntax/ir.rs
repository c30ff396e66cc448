//! The intermediate representation of one file: flat tables, indices instead of pointers, a span for each node.
//!
//! Everything is `Copy` and small, so that evaluation copies a node out instead of borrowing the table. Names are
//! resolved: a variable is a number of frames to climb and a slot. Nothing here evaluates.

use super::symbols::{FileNames, Sym};

/// An expression: an index into [`Module::exprs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExprId(pub u32);

/// Part of a side table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Range {
    pub start: u32,
    pub len: u32,
}

impl Range {
    pub fn indices(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Implies,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Update,
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
}

/// What an interpolation makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolated {
    String,
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expr {
    /// Code that could not be read; evaluates to unknown.
    Damaged,
    Int(i64),
    Float(f64),
    Str(Sym),
    /// A path as written: absolute, or relative to the file's folder.
    Path(Sym),
    /// `~/…`, without the tilde.
    HomePath(Sym),
    /// `<…>`, without the brackets.
    SearchPath(Sym),
    /// Only before names are resolved.
    Name(Sym),
    Local {
        depth: u32,
        slot: u32,
    },
    /// A name that only a `with` can give; the depths of the frames of all enclosing `with`s, innermost first.
    FromWith {
        sym: Sym,
        withs: Range,
    },
    Global(Sym),
    Undefined(Sym),
    Select {
        base: ExprId,
        path: Range,
        default: Option<ExprIdPlusOne>,
    },
    HasAttribute {
        base: ExprId,
        path: Range,
    },
    Lambda(u32),
    Apply {
        function: ExprId,
        arguments: Range,
    },
    Let {
        set: u32,
        body: ExprId,
    },
    Attrs(u32),
    List(Range),
    With {
        scope: ExprId,
        body: ExprId,
    },
    If {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    Assert {
        condition: ExprId,
        body: ExprId,
    },
    Not(ExprId),
    Negate(ExprId),
    Binary {
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    },
    Interpolation {
        parts: Range,
        makes: Interpolated,
    },
    /// `a |> f` or `f <| a`, already turned round.
    Pipe {
        function: ExprId,
        argument: ExprId,
    },
    CurrentPosition,
}

/// An [`ExprId`] with a niche, so that `Option` costs nothing and an [`Expr`] stays at 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprIdPlusOne(std::num::NonZeroU32);

impl ExprIdPlusOne {
    pub fn new(id: ExprId) -> Self {
        Self(std::num::NonZeroU32::new(id.0 + 1).expect("one more than something is not zero"))
    }

    pub fn get(self) -> ExprId {
        ExprId(self.0.get() - 1)
    }
}

/// The byte range of a node in its file.
pub type Bytes = (u32, u32);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttrName {
    Static(Sym),
    Dynamic(ExprId),
}

/// One step of an attribute path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub name: AttrName,
    pub at: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Definition {
    Value(ExprId),
    /// `inherit x;`: the name in the scope around the set.
    Inherit(ExprId),
    /// `inherit (e) x;`: the number of `e` in [`Set::froms`].
    InheritFrom(u32),
}

/// `name = value` in a set or `let`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    pub sym: Sym,
    pub at: Bytes,
    pub definition: Definition,
}

/// `${name} = value`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicEntry {
    pub name: ExprId,
    pub at: Bytes,
    pub value: ExprId,
}

/// The definitions of an attribute set or a `let`. In recursive ones the slots of the frame are the entries in
/// order, then one per `froms`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    pub recursive: bool,
    pub entries: Vec<Entry>,
    pub dynamics: Vec<DynamicEntry>,
    pub froms: Vec<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formal {
    pub sym: Sym,
    pub at: Bytes,
    pub default: Option<ExprIdPlusOne>,
}

/// Slots of a lambda's frame: the formals in order, then the name of the whole argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lambda {
    /// `x:` or the `x@` of a pattern.
    pub whole: Option<Sym>,
    /// The formals of a pattern; `None` for `x:`.
    pub formals: Option<Range>,
    pub ellipsis: bool,
    pub body: ExprId,
    /// The parameter as written.
    pub at: Bytes,
}

/// One lowered file.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub exprs: Vec<Expr>,
    /// Parallel to `exprs`.
    pub spans: Vec<Bytes>,
    /// Arguments, list elements, interpolated parts.
    pub children: Vec<ExprId>,
    pub steps: Vec<Step>,
    pub sets: Vec<Set>,
    pub lambdas: Vec<Lambda>,
    pub formals: Vec<Formal>,
    /// Frame depths, see [`Expr::FromWith`].
    pub withs: Vec<u32>,
    /// Names, and texts of literals.
    pub symbols: FileNames,
    pub root: Option<ExprIdPlusOne>,
}

impl Module {
    pub fn add(&mut self, expr: Expr, at: Bytes) -> ExprId {
        let id = ExprId(index(self.exprs.len()));
        self.exprs.push(expr);
        self.spans.push(at);
        id
    }

    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    pub fn span(&self, id: ExprId) -> Bytes {
        self.spans[id.0 as usize]
    }

    pub fn add_children(&mut self, children: &[ExprId]) -> Range {
        let range = Range { start: index(self.children.len()), len: index(children.len()) };
        self.children.extend_from_slice(children);
        range
    }

    pub fn add_steps(&mut self, steps: &[Step]) -> Range {
        let range = Range { start: index(self.steps.len()), len: index(steps.len()) };
        self.steps.extend_from_slice(steps);
        range
    }

    /// The root expression; a file that could not be read at all has a damaged one.
    pub fn root(&self) -> ExprId {
        self.root.expect("parse gives every module a root").get()
    }
}

/// Tables of a file are smaller than the file, and files are refused above 4 GiB.
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).expect("a file has fewer than 2^32 nodes")
}
