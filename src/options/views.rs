//! What others see of the options of a machine: which paths they ask for, and what they get. Whoever sees the same as before is
//! in the same state as before, whatever else has changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::eval::{Evaluated, Evaluator};
use crate::syntax::Sym;
use crate::value::{Stop, UnknownId, Value};

/// What somebody got at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// A value that is all in itself.
    Scalar(Scalar),
    /// A set of options with these names, each with whether it is listed. Others are options of NixOS.
    Group(Vec<(Arc<str>, bool)>),
    /// An option of NixOS that no module sets.
    Unset,
    /// Something that cannot be held against what is seen another time.
    Other,
}

/// A value that is all in itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(u64),
    String(String),
}

/// Paths, and what was seen there.
#[derive(Debug, Default)]
pub struct Views {
    seen: Mutex<BTreeMap<Vec<Arc<str>>, View>>,
}

impl Views {
    /// All that was seen so far.
    pub fn seen(&self) -> BTreeMap<Vec<Arc<str>>, View> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A value that was given; a group has said itself what it is.
    pub(super) fn note_value(
        &self,
        eval: &mut Evaluator,
        path: &[Sym],
        value: &Evaluated,
        of_nixos: UnknownId,
    ) {
        let path = words(eval, path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Ok(Value::Attrs(_)), Some(View::Group(_))) = (value, seen.get(&path)) {
            return;
        }
        let view = match value {
            Ok(Value::Null) => View::Scalar(Scalar::Null),
            Ok(Value::Bool(it)) => View::Scalar(Scalar::Bool(*it)),
            Ok(Value::Int(it)) => View::Scalar(Scalar::Int(*it)),
            Ok(Value::Float(it)) => View::Scalar(Scalar::Float(it.to_bits())),
            Ok(Value::String(id)) => match eval.plain_text(*id) {
                Some(text) => View::Scalar(Scalar::String(text)),
                None => View::Other,
            },
            Err(Stop::Unknown(why)) if *why == of_nixos => View::Unset,
            _ => View::Other,
        };
        seen.insert(path, view);
    }

    /// A set of options below a path. `only_of_nixos` tells that names it has not may only be options of NixOS.
    pub(super) fn note_group(
        &self,
        eval: &Evaluator,
        path: &[Sym],
        names: Vec<(Sym, bool)>,
        only_of_nixos: bool,
    ) {
        let mut names: Vec<(Arc<str>, bool)> =
            names.into_iter().map(|(name, listed)| (eval.name(name).into(), listed)).collect();
        names.sort_unstable();
        let view = if only_of_nixos { View::Group(names) } else { View::Other };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(words(eval, path), view);
    }

    /// A name that is perhaps there.
    pub(super) fn note_doubt(&self, eval: &Evaluator, path: &[Sym]) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(words(eval, path), View::Other);
    }
}

fn words(eval: &Evaluator, path: &[Sym]) -> Vec<Arc<str>> {
    path.iter().map(|it| eval.name(*it).into()).collect()
}
