//! Another name for what a `let` or an argument defines, in its file: exactly its definitions and uses change, or nothing
//! does. An `inherit` of it is written out, since it names an attribute, too.
//!
//! Refused is what would mean something else afterwards, and what others may know by its name.

use super::names::{FrameKind, Meaning, Use};
use super::rename::{KEYWORDS, Refusal, refuse};
use super::{Edit, View, inherits};
use crate::eval::written_name;
use crate::syntax::{Bytes, Definition, Expr, ExprId, SyntaxErrorKind};

/// Names of values that everybody takes for what they are.
const CONSTANTS: [&str; 4] = ["builtins", "false", "null", "true"];

impl View<'_> {
    /// Why a local name has to keep its name, if it has to.
    pub(super) fn keeps_name(&self, frame: u32, slot: u32, name: &str) -> Option<String> {
        let (names, module) = (self.names(), &self.parsed.module);
        match names.frames[frame as usize].kind {
            FrameKind::Recursive(_) => Some(format!(
                "`{name}` is an attribute of a recursive set, which others may read by this name"
            )),
            FrameKind::Lambda(lambda) => {
                let formals = module.lambdas[lambda as usize].formals.map_or(0, |it| it.len);
                (slot < formals).then(|| {
                    format!("`{name}` is an argument that the function takes by this name, and its callers give it")
                })
            }
            FrameKind::Let(_) | FrameKind::With => None,
        }
    }

    pub(super) fn rename_local(
        &self,
        (frame, slot): (u32, u32),
        old: &str,
        new: &str,
    ) -> Result<Vec<Edit>, Refusal> {
        let names = self.names();
        if KEYWORDS.contains(&new) {
            return refuse(format!("`{new}` is a keyword of Nix"));
        }
        if written_name(new) != new {
            return refuse(format!("`{new}` is no name that a variable can have"));
        }
        // `<x>` and `a - b` ask for such names.
        if CONSTANTS.contains(&new) || new.starts_with("__") {
            return refuse(format!("`{new}` means something to Nix, and would be hidden"));
        }
        if self.parsed.errors.iter().any(|it| it.kind != SyntaxErrorKind::UndefinedVariable) {
            return refuse("the file has mistakes of syntax: mend them first");
        }
        if self.defines(frame, new) {
            return refuse(format!("`{new}` is defined beside `{old}` already"));
        }
        if let Some(captured) = names.uses.iter().find(|it| self.would_be_captured(it, frame, new)) {
            let line = self.line_of(captured.at.0);
            return refuse(format!("`{new}` is used in line {line} and would mean `{old}` there"));
        }
        let uses = names.uses.iter().filter(|it| it.meaning == Meaning::Local { frame, slot });
        for used in uses {
            let between = self.frames_around(used.expr).into_iter().take_while(|it| *it != frame);
            // What an `inherit` of a recursive set becomes is looked up in that set first.
            let own = used.inherited.then(|| self.frame_of_parent(used.expr)).flatten();
            if let Some(hiding) = own.into_iter().chain(between).find(|it| self.defines(*it, new)) {
                let line = self.line_of(names.frames[hiding as usize].at.0);
                return refuse(format!(
                    "`{new}` means something else from line {line} on, where `{old}` is used"
                ));
            }
        }
        let mut edits = Vec::new();
        for place in self.places_of_local(frame, slot) {
            let at = (place.at.start, place.at.end);
            let inherited = match place.defines {
                true => self.inherited_definition(frame, slot, old, new),
                false => names
                    .use_at(at.0)
                    .filter(|it| it.inherited)
                    .map(|_| format!("{} = {new};", written_name(old))),
            };
            let Some(definition) = inherited else {
                let quoted = self.slice(at).starts_with('"');
                let text = if quoted { format!("\"{new}\"") } else { new.to_owned() };
                edits.push(Edit { at: place.at, text });
                continue;
            };
            let Some(replaced) = inherits::replaced(self.outline(), self.text, at, &definition) else {
                let line = self.line_of(at.0);
                return refuse(format!(
                    "an `inherit` in line {line} names `{old}`: write `{definition}` there first"
                ));
            };
            edits.extend(replaced.into_iter().map(|(at, text)| Edit { at: self.span(at), text }));
        }
        edits.sort_by_key(|it| it.at);
        Ok(edits)
    }

    fn defines(&self, frame: u32, name: &str) -> bool {
        let module = &self.parsed.module;
        self.names().slots(module, frame).iter().any(|(sym, _)| module.symbols.name(*sym) == name)
    }

    /// Whether a use of the new name asks the frame for it, now in vain, before it finds what it means.
    fn would_be_captured(&self, used: &Use, frame: u32, new: &str) -> bool {
        if self.parsed.module.symbols.name(used.sym) != new {
            return false;
        }
        let around = self.frames_around(used.expr);
        let Some(ours) = around.iter().position(|it| *it == frame) else { return false };
        match used.meaning {
            Meaning::Local { frame, .. } => {
                around.iter().position(|it| *it == frame).is_none_or(|at| at > ours)
            }
            // A `with` gives what nothing else does: it is asked for the new name no more.
            Meaning::FromWith { .. } | Meaning::Global | Meaning::Nothing => true,
        }
    }

    /// The frames in whose scope an expression is, the innermost first.
    pub(super) fn frames_around(&self, expr: ExprId) -> Vec<u32> {
        let names = self.names();
        let (mut here, mut around) = (expr, Vec::new());
        while let Some((parent, inside)) = names.parents.get(here.0 as usize).copied().flatten() {
            if inside {
                around.extend(self.frame_of(parent));
            }
            if parent == here {
                break;
            }
            here = parent;
        }
        around
    }

    fn frame_of(&self, expr: ExprId) -> Option<u32> {
        let at = self.names().frames.iter().position(|it| it.expr == expr)?;
        u32::try_from(at).ok()
    }

    /// The frame of the set in whose `inherit` a name stands.
    fn frame_of_parent(&self, expr: ExprId) -> Option<u32> {
        let (parent, _) = self.names().parents.get(expr.0 as usize).copied().flatten()?;
        self.frame_of(parent)
    }

    /// What defines the new name, where an `inherit` defines the old one.
    fn inherited_definition(&self, frame: u32, slot: u32, old: &str, new: &str) -> Option<String> {
        let module = &self.parsed.module;
        let FrameKind::Let(set) = self.names().frames[frame as usize].kind else { return None };
        let set = &module.sets[set as usize];
        let source = match set.entries.get(slot as usize)?.definition {
            Definition::Value(_) => return None,
            Definition::Inherit(_) => written_name(old),
            Definition::InheritFrom(from) => {
                format!("{}.{}", self.selectable(*set.froms.get(from as usize)?), written_name(old))
            }
        };
        Some(format!("{new} = {source};"))
    }

    /// An expression as it is written, in parentheses unless an attribute can be selected from it as it is.
    pub(super) fn selectable(&self, expr: ExprId) -> String {
        let module = &self.parsed.module;
        let at: Bytes = module.span(expr);
        let written = self.slice(at).trim();
        match module.expr(expr) {
            Expr::Local { .. }
            | Expr::FromWith { .. }
            | Expr::Global(_)
            | Expr::Select { default: None, .. }
            | Expr::Attrs(_) => written.to_owned(),
            _ => format!("({written})"),
        }
    }
}
