//! What is wrong with what a machine defines, by a tree of options and by the rules of NixOS: names of groups are looked
//! at under every condition, names and values inside of options only where the definition counts.
//!
//! Where something may make a definition right, or may overrule it, nothing is said.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Schema;
use super::definitions::{Defined, Holds, Level, Pending, Reader, Scope, Target};
use super::mistakes::{OptionMistake, OptionMistakeKind, Reading};
use super::{near, own};
use crate::eval::Evaluator;
use crate::options::conflict::conflict;
use crate::options::plain::PlainKind;
use crate::options::types::{MismatchKind, OptionNode, OptionType, Options};

/// Everything that is wrong with the options that a machine's modules set. `tool` are options that are known and judged
/// elsewhere.
pub fn judge(
    eval: &mut Evaluator,
    pending: &Pending,
    schema: Option<&Schema>,
    tool: &Options,
) -> Vec<OptionMistake> {
    let own = own::declared(eval, &pending.later);
    if schema.is_none() && own.options.is_empty() {
        return Vec::new();
    }
    let nixos = schema.map(|it| &it.options);
    let scope = Scope { nixos, own: Some(&own), tool: Some(tool), open: nixos.is_none() };
    let mut reader = Reader::new(eval);
    reader.read(&pending.later, scope);
    let Reader { defined, outer, unchecked, .. } = reader;
    let none = Schema::default();
    let schema = schema.unwrap_or(&none);
    let mut judge = Judge {
        schema,
        scope,
        open: pending.open,
        incomplete: unchecked || !schema.complete,
        strongest: FxHashMap::default(),
        by_path: FxHashMap::default(),
        mistakes: Vec::new(),
    };
    for (path, level) in &outer {
        judge.note(&path[..level.depth], *level);
    }
    for it in &defined {
        if matches!(it.target, Target::Type(_))
            && let Some(level) = it.levels.last()
        {
            judge.note(&it.path[..level.depth], *level);
        }
        judge.by_path.entry(&it.path).or_default().push(it);
    }
    for it in &defined {
        judge.one(it, unchecked);
    }
    judge.conflicts(&defined);
    judge.mistakes
}

/// The strongest definitions of an option: those that count, and those that may.
#[derive(Clone, Copy)]
struct Strongest {
    sure: i64,
    any: i64,
}

struct Judge<'d, 's> {
    schema: &'s Schema,
    scope: Scope<'s>,
    /// Whether there may be more modules.
    open: bool,
    /// Whether there may be more options.
    incomplete: bool,
    strongest: FxHashMap<&'d [Arc<str>], Strongest>,
    by_path: FxHashMap<&'d [Arc<str>], Vec<&'d Defined<'s>>>,
    mistakes: Vec<OptionMistake>,
}

impl<'d, 's> Judge<'d, 's> {
    fn note(&mut self, path: &'d [Arc<str>], level: Level) {
        let strongest = self.strongest.entry(path).or_insert(Strongest { sure: i64::MAX, any: i64::MAX });
        strongest.any = strongest.any.min(level.priority);
        if level.holds == Holds::Surely {
            strongest.sure = strongest.sure.min(level.priority);
        }
    }

    /// Whether a definition certainly is among those that NixOS looks at.
    fn counts(&self, it: &Defined<'_>) -> bool {
        it.certain
            && it.levels.iter().all(|level| {
                let strongest = self.strongest.get(&it.path[..level.depth]);
                level.holds == Holds::Surely && strongest.is_none_or(|it| level.priority <= it.any)
            })
    }

    fn one(&mut self, it: &'d Defined<'s>, unchecked: bool) {
        match it.target {
            Target::Nothing(siblings) => {
                // A name in a group is refused under every condition.
                let refused = if it.levels.is_empty() { it.certain } else { self.counts(it) };
                if refused && !unchecked {
                    self.unknown(it, siblings);
                }
            }
            Target::Group if it.certain => {
                let wanted = "a set of options".to_owned();
                let found = it.value.described().to_owned();
                let kind = OptionMistakeKind::Type { wanted, found, element: false };
                let at = it.value.at;
                let mistake = OptionMistake { at, ..self.mistake(it, kind) };
                self.mistakes.push(OptionMistake { reading: Reading::Surely, ..mistake });
            }
            Target::Group => {}
            Target::Type(ty) => {
                if !self.counts(it) {
                    return;
                }
                if it.levels.len() == 1
                    && let Some(obsolete) = it.option.and_then(|it| it.obsolete.as_ref())
                {
                    let kind = OptionMistakeKind::Obsolete((**obsolete).clone());
                    let mistake = self.mistake(it, kind);
                    self.mistakes.push(OptionMistake { reading: Reading::Surely, ..mistake });
                    return;
                }
                self.types(it, ty);
            }
        }
    }

    fn mistake(&self, it: &Defined<'_>, kind: OptionMistakeKind) -> OptionMistake {
        OptionMistake {
            path: it.path.clone(),
            at: it.at,
            kind,
            reading: self.reading(it),
            open: self.open,
            declared_at: it.option.and_then(|it| it.declared_at),
            declared_in: it.option.and_then(|it| it.declared_in.clone()),
        }
    }

    fn unknown(&mut self, it: &Defined<'_>, siblings: Scope<'_>) {
        let open = self.open || self.incomplete;
        let Some(name) = it.path.last() else { return };
        let near = near::sibling(name, siblings);
        if open && near.is_none() {
            return;
        }
        let elsewhere = if near.is_none() && it.levels.is_empty() {
            near::elsewhere(&self.schema.options, &it.path)
        } else {
            None
        };
        let mut mistake = self.mistake(it, OptionMistakeKind::Unknown { near, elsewhere });
        if it.levels.is_empty() {
            // Groups of NixOS are all read by something; those of one's own may not be.
            let read = siblings.nixos.is_some() || self.schema.refuses_all_names;
            mistake.reading = if read { Reading::Surely } else { Reading::Perhaps };
        }
        self.mistakes.push(OptionMistake { open, ..mistake });
    }

    fn types(&mut self, it: &Defined<'_>, ty: &OptionType) {
        for mismatch in ty.mismatches(&it.value) {
            let element = mismatch.path.last().is_some_and(|it| it.as_ref() == "*");
            let mut path = it.path.clone();
            path.extend(mismatch.path.into_iter().filter(|it| it.as_ref() != "*"));
            let kind = match mismatch.problem {
                MismatchKind::Type { wanted, found } => OptionMistakeKind::Type { wanted, found, element },
                MismatchKind::UnknownOption { name, known } => {
                    let near = near::nearest_of(&name, known.iter());
                    if near.is_none() && (self.open || self.incomplete) {
                        continue;
                    }
                    path.push(name);
                    OptionMistakeKind::Unknown { near, elsewhere: None }
                }
            };
            self.mistakes.push(OptionMistake { path, at: mismatch.at, ..self.mistake(it, kind) });
        }
    }

    /// Definitions of one option that takes one value, equally strong and different.
    fn conflicts(&mut self, defined: &'d [Defined<'s>]) {
        for first in defined {
            let Target::Type(ty) = first.target else { continue };
            let all = &self.by_path[first.path.as_slice()];
            // Each option once, at its first definition.
            if all.len() < 2 || !std::ptr::eq(all[0], first) {
                continue;
            }
            let counting: Vec<&Defined<'_>> =
                all.iter().copied().filter(|it| self.counts(it) && it.value.is_known()).collect();
            let Some((first, others)) = counting.split_first() else { continue };
            let refuses_equal = self.schema.refuses_equal(ty);
            let others: Vec<_> = others
                .iter()
                .filter(|it| conflict(ty, &first.value, &it.value, refuses_equal))
                .map(|it| (it.at, it.value.shown()))
                .collect();
            if others.is_empty() || first.option.is_some_and(|it| it.obsolete.is_some()) {
                continue;
            }
            let kind = OptionMistakeKind::Conflict { value: first.value.shown(), others };
            let mistake = self.mistake(first, kind);
            self.mistakes.push(mistake);
        }
    }

    /// Whether NixOS reads the option that a definition is of, or is in.
    fn reading(&self, it: &Defined<'_>) -> Reading {
        let (Some(option), Some(level)) = (it.option, it.levels.first()) else { return Reading::Perhaps };
        let path = &it.path[..level.depth];
        let mut surely = option.read;
        let mut enabled = false;
        for depth in (1..path.len()).rev() {
            let mut gate: Vec<Arc<str>> = path[..depth].to_vec();
            gate.push("enable".into());
            if !self.is_switch(&gate) || gate == path {
                continue;
            }
            match self.switch(&gate) {
                Switch::On => enabled = true,
                Switch::Unset if option.read => {}
                // Some switches are on where nobody touches them.
                Switch::Unset if !self.schema.tells_what_is_read => return Reading::Perhaps,
                Switch::Unset | Switch::Off => return Reading::Switched(gate.join(".")),
                Switch::Unknown => return Reading::Perhaps,
            }
        }
        surely |= enabled;
        if surely { Reading::Surely } else { Reading::Perhaps }
    }

    fn is_switch(&self, path: &[Arc<str>]) -> bool {
        let mut here = self.scope.nixos;
        for (number, name) in path.iter().enumerate() {
            here = match here.and_then(|it| it.options.get(name)) {
                Some(OptionNode::Group(group)) => Some(group),
                Some(OptionNode::Option(option)) => {
                    return number + 1 == path.len() && option.ty == OptionType::Bool;
                }
                None => return false,
            };
        }
        false
    }

    fn switch(&self, path: &[Arc<str>]) -> Switch {
        let Some(all) = self.by_path.get(path) else {
            return if self.open { Switch::Unknown } else { Switch::Unset };
        };
        let mut value = None;
        for it in all {
            if self.counts(it) {
                match it.value.kind {
                    PlainKind::Bool(it) if value.is_none_or(|value| value == it) => value = Some(it),
                    _ => return Switch::Unknown,
                }
            } else if it.levels.last().is_none_or(|level| level.holds == Holds::Perhaps) || !it.certain {
                return Switch::Unknown;
            }
        }
        match value {
            Some(true) => Switch::On,
            Some(false) => Switch::Off,
            None => Switch::Unknown,
        }
    }
}

enum Switch {
    On,
    Off,
    Unset,
    Unknown,
}
