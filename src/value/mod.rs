//! What evaluation makes: values, why a value is not known, and errors. Plain data; `eval` owns the tables that the
//! handles point into.

mod error;
mod unknown;
mod why;

pub use error::{ErrorId, ErrorKind, EvalError, Frame};
pub use unknown::{Like, Project, Reason, Unknown, UnknownId};
pub use why::{Link, Why};

use crate::syntax::Sym;

/// A text in the string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StringId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttrsId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThunkId(pub u32);

/// A frame of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnvId(pub u32);

/// Where an attribute was defined; [`PositionId::NONE`] for attributes that no text defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PositionId(pub u32);

impl PositionId {
    pub const NONE: PositionId = PositionId(0);

    /// Set in positions that Nix forgets.
    const FORGOTTEN: u32 = 1 << 31;

    /// The same place, of which `unsafeGetAttrPos` knows nothing: findings can still point there.
    #[must_use]
    pub fn forgotten(self) -> Self {
        if self == Self::NONE { self } else { Self(self.0 | Self::FORGOTTEN) }
    }

    /// Whether Nix has forgotten the place.
    pub fn is_forgotten(self) -> bool {
        self.0 & Self::FORGOTTEN != 0
    }

    /// Its place in the table of positions.
    pub(crate) fn index(self) -> usize {
        (self.0 & !Self::FORGOTTEN) as usize
    }
}

/// A value of Nix, 16 bytes, free to copy. It means something only together with the evaluator that made it.
///
/// A [`Value::Thunk`] may still have to be evaluated, and may turn out to be any of the others, an error, or unknown:
/// match on what [`force`](crate::eval::Evaluator::force) gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(StringId),
    Path(StringId),
    List(ListId),
    Attrs(AttrsId),
    Lambda {
        lambda: u32,
        env: EnvId,
    },
    Builtin(u16),
    /// A builtin that has some of its arguments.
    Partial(u32),
    /// A function of the program that embeds the evaluator.
    Native(u32),
    Thunk(ThunkId),
    Unknown(UnknownId),
}

/// One attribute of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attr {
    pub name: Sym,
    pub position: PositionId,
    pub value: Value,
}

/// Why there is no value: Nix would fail here, or nobody can know without more than the files at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Error(ErrorId),
    Unknown(UnknownId),
}

/// The kinds of a value in weak head normal form, for `match`es that do not care about contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Int,
    Float,
    String,
    Path,
    List,
    Attrs,
    Function,
    Unknown,
    Error,
}

impl Kind {
    /// As Nix names it in messages, with an article.
    pub fn with_article(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a Boolean",
            Kind::Int => "an integer",
            Kind::Float => "a float",
            Kind::String => "a string",
            Kind::Path => "a path",
            Kind::List => "a list",
            Kind::Attrs => "a set",
            Kind::Function => "a function",
            Kind::Unknown => "something unknown",
            Kind::Error => "an error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<Value>(), 16);
        assert_eq!(size_of::<Result<Value, Stop>>(), 16);
        assert_eq!(size_of::<crate::syntax::Expr>(), 24);
    }
}
