//! Equality and order of values, as Nix defines them. Both are unknown where an unknown part decides.

use super::budget::BYTES_IN_A_STEP;
use super::{Evaluated, Evaluator};
use crate::syntax::ExprId;
use crate::value::{AttrsId, ErrorKind, Kind, Reason, Stop, UnknownId, Value};

/// What comparing two parts costs: in deep values nothing of it lies near.
const STEPS_PER_PART: usize = 12;

/// Bytes that are compared in the time of a step.
const COMPARED_IN_A_STEP: usize = 256;

/// The names that Nix itself meets before it reads a file.
pub(super) const FIRST_NAMES: &[&str] = &[
    "outPath",
    "drvPath",
    "type",
    "meta",
    "name",
    "value",
    "system",
    "outputs",
    "outputName",
    "file",
    "line",
    "column",
    "right",
    "wrong",
    "builder",
    "args",
    "path",
    "prefix",
    "key",
    "startSet",
    "operator",
    "or",
    "drvAttrs",
    "strict",
    "commonAttrs",
    "all",
    "x",
];

impl Evaluator {
    /// `==`.
    #[expect(clippy::cast_precision_loss, reason = "Nix converts the same way")]
    pub(super) fn equal(&mut self, a: Value, b: Value) -> Evaluated<bool> {
        let (a, b) = (self.force(a)?, self.force(b)?);
        Ok(match (a, b) {
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Int(a), Value::Float(b)) => a as f64 == b,
            (Value::Float(a), Value::Int(b)) => a == b as f64,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::String(a), Value::String(b)) | (Value::Path(a), Value::Path(b)) => {
                self.steps += (self.heap.bytes(a).len() / COMPARED_IN_A_STEP) as u64;
                a == b || self.heap.bytes(a) == self.heap.bytes(b)
            }
            (Value::List(a), Value::List(b)) => {
                if a == b && self.heap.lists[a.0 as usize].open.is_none() {
                    return Ok(true);
                }
                let open = self.heap.lists[a.0 as usize].open.or(self.heap.lists[b.0 as usize].open);
                if let Some(open) = open {
                    return Err(Stop::Unknown(open));
                }
                let len = self.heap.list_len(a);
                if len != self.heap.list_len(b) {
                    return Ok(false);
                }
                return self.nested(|this| {
                    let mut unknown = None;
                    for at in 0..len {
                        let (x, y) = (this.heap.item(a, at), this.heap.item(b, at));
                        if !this.equal_or_later(x, y, &mut unknown)? {
                            return Ok(false);
                        }
                    }
                    unknown.map_or(Ok(true), |why| Err(Stop::Unknown(why)))
                });
            }
            (Value::Attrs(a), Value::Attrs(b)) => return self.nested(|this| this.equal_sets(a, b)),
            _ => false,
        })
    }

    /// Equality of two values that lie in something, as Nix asks for it in lists and sets: by identity first.
    pub(super) fn equal_parts(&mut self, a: Value, b: Value) -> Evaluated<bool> {
        let mut unknown = None;
        let equal = self.equal_or_later(a, b, &mut unknown)?;
        unknown.map_or(Ok(equal), |why| Err(Stop::Unknown(why)))
    }

    /// Equality of parts: an unknown part is put off, because a later part may differ for certain.
    fn equal_or_later(&mut self, a: Value, b: Value, unknown: &mut Option<UnknownId>) -> Evaluated<bool> {
        // Values that share their parts are compared part by part, which can take for ever.
        self.pay(STEPS_PER_PART)?;
        // Nix compares parts by identity first.
        if a == b && !matches!(a, Value::Float(_)) {
            return match self.force(a) {
                Err(Stop::Unknown(why)) => {
                    self.doubts += 1;
                    *unknown = Some(why);
                    Ok(true)
                }
                Err(stop) => Err(stop),
                Ok(Value::Float(float)) => Ok(!float.is_nan()),
                Ok(_) => Ok(true),
            };
        }
        // Behind an unknown part Nix may not come as far as here, so an error is not certain.
        let uncertain = u32::from(unknown.is_some());
        self.may += uncertain;
        let result = self.equal_by_content(a, b);
        self.may -= uncertain;
        match result {
            Err(Stop::Unknown(why)) => {
                self.doubts += 1;
                *unknown = Some(why);
                Ok(true)
            }
            Err(Stop::Error(_)) if unknown.is_some() => Ok(true),
            other => other,
        }
    }

    /// Equality of parts that are not the same for certain. Two functions never are, unless they are one value, and
    /// whether Nix made one or two out of the same text depends on its sharing.
    fn equal_by_content(&mut self, a: Value, b: Value) -> Evaluated<bool> {
        let (x, y) = (self.force(a)?, self.force(b)?);
        if x == y && self.kind_of(x) == Kind::Function {
            let why = "functions are equal to Nix only where it shares one value";
            return self.unknown_here(Reason::Told(why.to_owned()));
        }
        self.equal(x, y)
    }

    fn equal_sets(&mut self, a: AttrsId, b: AttrsId) -> Evaluated<bool> {
        if a == b && self.heap.open(a).is_none() {
            return Ok(true);
        }
        if let (Some(x), Some(y)) = (self.derivation_path(a)?, self.derivation_path(b)?) {
            return self.equal(x, y);
        }
        if let Some(open) = self.heap.open(a).or(self.heap.open(b)) {
            return Err(Stop::Unknown(open));
        }
        // In the order in which names were met, as Nix does: the first difference decides before a later error is met.
        self.pay((self.heap.most_attrs(a) + self.heap.most_attrs(b)) / BYTES_IN_A_STEP)?;
        let (left, right) = (self.heap.attrs(a).to_vec(), self.heap.attrs(b).to_vec());
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut unknown = None;
        for (x, y) in left.iter().zip(&right) {
            if x.name != y.name || !self.equal_or_later(x.value, y.value, &mut unknown)? {
                return Ok(false);
            }
        }
        unknown.map_or(Ok(true), |why| Err(Stop::Unknown(why)))
    }

    /// Derivations are equal if their output paths are.
    fn derivation_path(&mut self, set: AttrsId) -> Evaluated<Option<Value>> {
        let Some(kind) = self.heap.find(set, self.names.kind) else { return Ok(None) };
        let Value::String(kind) = self.force(kind.value)? else { return Ok(None) };
        if self.heap.bytes(kind) != b"derivation" {
            return Ok(None);
        }
        Ok(self.heap.find(set, self.names.out_path).map(|attr| attr.value))
    }

    /// `<`.
    #[expect(clippy::cast_precision_loss, reason = "Nix converts the same way")]
    pub(super) fn less(&mut self, at: Option<ExprId>, a: Value, b: Value) -> Evaluated<bool> {
        let (a, b) = (self.force(a)?, self.force(b)?);
        Ok(match (a, b) {
            (Value::Int(a), Value::Int(b)) => a < b,
            (Value::Int(a), Value::Float(b)) => (a as f64) < b,
            (Value::Float(a), Value::Int(b)) => a < b as f64,
            (Value::Float(a), Value::Float(b)) => a < b,
            (Value::String(a), Value::String(b)) | (Value::Path(a), Value::Path(b)) => {
                self.steps += (self.heap.bytes(a).len() / COMPARED_IN_A_STEP) as u64;
                self.heap.bytes(a) < self.heap.bytes(b)
            }
            (Value::List(a), Value::List(b)) => {
                let open = self.heap.lists[a.0 as usize].open.or(self.heap.lists[b.0 as usize].open);
                if let Some(open) = open {
                    return Err(Stop::Unknown(open));
                }
                return self.nested(|this| {
                    for number in 0.. {
                        if number >= this.heap.list_len(b) {
                            return Ok(false);
                        }
                        if number >= this.heap.list_len(a) {
                            return Ok(true);
                        }
                        let (x, y) = (this.heap.item(a, number), this.heap.item(b, number));
                        if !this.equal_parts(x, y)? {
                            return this.less(at, x, y);
                        }
                    }
                    Ok(false)
                });
            }
            (a, b) => {
                let (left, right) = (self.kind_of(a).with_article(), self.kind_of(b).with_article());
                return self.fail(ErrorKind::Type, at, format!("cannot compare {left} with {right}"));
            }
        })
    }
}
