//! Every place that means the same thing: a machine in all files of the network, an option wherever it is set, a local name
//! in its file.

use super::View;
use super::machines::Role;
use super::names::Meaning;
use crate::syntax::Bytes;
use crate::text::Span;

/// A place that means the thing that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub at: Span,
    /// Whether it is its definition.
    pub defines: bool,
}

/// Every place that means the same as the thing at a place, in order.
pub fn references(view: &View<'_>, offset: u32) -> Vec<Reference> {
    if let Some(mention) = view.mention_at(offset)
        && mention.role != Role::Tag
        && view.has_machine(&mention.name)
    {
        let mentions = view.mentions_of(&mention.name).into_iter();
        return mentions.map(|it| Reference { at: it.at, defines: it.role == Role::Defined }).collect();
    }
    if let Some((frame, slot)) = view.local_at(offset) {
        return view.places_of_local(frame, slot);
    }
    if let Some(place) = view.option_at(offset)
        && let Some(names) = place.names()
    {
        let found = view.places_of_option(&names);
        let declared = found.declared.into_iter().map(|at| Reference { at, defines: true });
        let mut all: Vec<Reference> =
            declared.chain(found.set.into_iter().map(|at| Reference { at, defines: false })).collect();
        all.sort();
        return all;
    }
    Vec::new()
}

impl View<'_> {
    /// The local name that is used or defined at a place: its frame and slot.
    pub(super) fn local_at(&self, offset: u32) -> Option<(u32, u32)> {
        let names = self.names();
        match names.use_at(offset).map(|it| it.meaning) {
            Some(Meaning::Local { frame, slot }) => return Some((frame, slot)),
            Some(_) => return None,
            None => {}
        }
        let module = &self.parsed.module;
        names.definition_at(module, self.text, offset).or_else(|| {
            // The second of two definitions that begin with one name.
            let outline = self.outline();
            let (binding, 0) = outline.step_at(offset)? else { return None };
            let binding = &outline.bindings[binding];
            let first = outline.bindings.iter().find(|it| {
                it.container == binding.container
                    && !it.inherited
                    && it.path.first().map(|it| &it.name) == binding.path.first().map(|it| &it.name)
            })?;
            names.definition_at(module, self.text, first.path.first()?.at.0)
        })
    }

    pub(super) fn places_of_local(&self, frame: u32, slot: u32) -> Vec<Reference> {
        let (names, module) = (self.names(), &self.parsed.module);
        let Some((sym, at)) = names.slot(module, frame, slot) else { return Vec::new() };
        let first = names.written(module, self.text, frame, sym, at);
        let reference = |at: Bytes, defines: bool| Reference { at: self.span(at), defines };
        let mut all: Vec<Reference> =
            self.slot_places(frame, slot, first).into_iter().map(|at| reference(at, true)).collect();
        let uses = names.uses.iter().filter(|it| it.meaning == Meaning::Local { frame, slot });
        all.extend(uses.map(|it| reference(it.at, false)));
        all.sort();
        all.dedup_by_key(|it| it.at);
        all
    }
}
