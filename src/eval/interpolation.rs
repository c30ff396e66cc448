//! `"…${…}…"` and `./…${…}…`.

use super::contexts::Gathered;
use super::core::LONGEST_STRING;
use super::{Evaluated, Evaluator};
use crate::syntax::{ExprId, Interpolated, Range};
use crate::value::{EnvId, Like, Reason, Stop, Unknown, UnknownId, Value};

/// A larger scratch text is not kept.
const LARGEST_SCRATCH: usize = 1 << 20;

impl Evaluator {
    pub(super) fn eval_interpolation(
        &mut self,
        expr: ExprId,
        parts: Range,
        makes: Interpolated,
        env: EnvId,
    ) -> Evaluated {
        let start = self.scratch.len();
        let result = self.interpolate(expr, parts, makes, env, start);
        self.scratch.truncate(start);
        if start == 0 && self.scratch.capacity() > LARGEST_SCRATCH {
            self.scratch = Vec::new();
        }
        result
    }

    /// Puts the parts together at the end of the scratch text, from `start` on.
    fn interpolate(
        &mut self,
        expr: ExprId,
        parts: Range,
        makes: Interpolated,
        env: EnvId,
        start: usize,
    ) -> Evaluated {
        let mut unknown = None;
        // The only unknown part, if it stands first and names a place.
        let mut place = None;
        let mut context = Gathered::default();
        for (number, at) in parts.indices().enumerate() {
            let part = self.program.children[at];
            let value = match self.eval(part, env) {
                Err(Stop::Unknown(why)) => {
                    // The other parts may still be wrong.
                    place = self.first_place(why, number);
                    self.doubts += 1;
                    unknown = unknown.or(Some(why));
                    continue;
                }
                other => other?,
            };
            let id = match (value, makes, number) {
                (Value::String(id), _, _) => id,
                (Value::Path(id), Interpolated::Path, _) => id,
                (value, Interpolated::String, _) => match self.coerce_interpolated(part, value) {
                    Err(Stop::Unknown(why)) => {
                        place = self.first_place(why, number);
                        self.doubts += 1;
                        unknown = unknown.or(Some(why));
                        continue;
                    }
                    other => other?,
                },
                (value, Interpolated::Path, _) => match self.coerce_to_path_text(part, value) {
                    Err(Stop::Unknown(why)) => {
                        place = self.first_place(why, number);
                        self.doubts += 1;
                        unknown = unknown.or(Some(why));
                        continue;
                    }
                    other => other?,
                },
            };
            self.room(self.heap.bytes(id).len(), 3)?;
            if self.scratch.len() - start + self.heap.bytes(id).len() > LONGEST_STRING {
                return Err(Stop::Unknown(self.add_unknown(Reason::Fuel, Some(self.program.span(expr)))));
            }
            self.scratch.extend_from_slice(self.heap.bytes(id));
            if makes == Interpolated::Path {
                self.not_in_path(Some(part), id)?;
            }
            context.add(self.heap.contexts.of(id));
        }
        if let Some(why) = unknown {
            if makes == Interpolated::Path {
                return Err(Stop::Unknown(why));
            }
            if let Some(why) = place {
                let more = String::from_utf8_lossy(&self.scratch[start..]).into_owned();
                return Err(Stop::Unknown(self.place_below(why, &more)));
            }
            let cause = self.unknown(why).clone();
            let id = self.intern_unknown(Unknown { like: Like::String, ..cause });
            return Err(Stop::Unknown(id));
        }
        Ok(match makes {
            Interpolated::String => Value::String(self.heap.string_with(&self.scratch[start..], &context)),
            Interpolated::Path => {
                let text = String::from_utf8_lossy(&self.scratch[start..]);
                let (path, leads_up) = (super::paths::canonical(&text), text.contains(".."));
                if leads_up {
                    self.detour(std::path::Path::new(&path));
                }
                Value::Path(self.heap.string(path))
            }
        })
    }

    /// An unknown part that names a place, if it stands first.
    fn first_place(&self, why: UnknownId, number: usize) -> Option<UnknownId> {
        (number == 0 && self.unknown(why).like.is_place()).then_some(why)
    }
}
