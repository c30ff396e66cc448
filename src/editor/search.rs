//! Where an option is set or declared in the files of the network, by the code alone.

use super::View;
use super::outline::{Outline, Segment};
use crate::syntax::Parsed;
use crate::text::Span;

/// Places to do with an option.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) declared: Vec<Span>,
    pub(super) set: Vec<Span>,
}

impl View<'_> {
    /// Every place in the network's files that sets an option, or declares it; of definitions below it, none.
    pub(super) fn places_of_option(&self, path: &[&str]) -> Found {
        let mut found = Found::default();
        let Some(last) = path.last() else { return found };
        for file in self.files() {
            let text = self.text_of(file);
            if !text.contains(last) {
                continue;
            }
            let own;
            let outline = if file == self.file {
                self.outline()
            } else {
                own = Outline::of(text);
                &own
            };
            let parsed = Parsed::default();
            let view = View::new(self.network, self.request, self.path_of(file), text, &parsed);
            for (number, binding) in outline.bindings.iter().enumerate().filter(|(_, it)| !it.inherited) {
                let steps = binding.path.iter().enumerate();
                for (step, written) in steps.filter(|(_, it)| it.name.as_deref() == Some(last)) {
                    let way = outline.way_to_step(number, step);
                    let at = Span::new(file, written.at.0, written.at.1);
                    if view.leads_to_declaration(&way, path) {
                        found.declared.push(at);
                    } else if view.option_place(&way).and_then(|it| it.names().map(|it| it == path))
                        == Some(true)
                    {
                        found.set.push(at);
                    }
                }
            }
        }
        found
    }

    /// Whether a way ends with `options` and then this path.
    fn leads_to_declaration(&self, way: &[Segment], path: &[&str]) -> bool {
        let Some(before) = way.len().checked_sub(path.len() + 1) else { return false };
        let is = |segment: &Segment, name: &str| matches!(segment, Segment::Name(it) if it == name);
        is(&way[before], "options")
            && way[before + 1..].iter().zip(path).all(|(segment, name)| is(segment, name))
    }
}
