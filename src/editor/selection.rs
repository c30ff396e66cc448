//! What a selection grows to, step by step: the word, the name, the definition, the set around it, up to the file.

use super::View;
use crate::text::Span;

/// The spans around a place, the smallest first, each holding the one before.
pub fn selections(view: &View<'_>, offset: u32) -> Vec<Span> {
    let outline = view.outline();
    let holds = |at: (u32, u32)| at.0 <= offset && offset <= at.1;
    let mut all: Vec<(u32, u32)> = Vec::new();
    if let Some(token) = outline.token_at(offset) {
        all.push((token.start, token.end));
    }
    for it in outline.containers.iter().filter(|it| holds(it.at)) {
        all.push(it.at);
        // What is between the brackets.
        let inside = (it.at.0 + 1, it.at.1.saturating_sub(1));
        if it.parent != 0 && inside.0 < inside.1 && holds(inside) {
            all.push(inside);
        }
    }
    for binding in &outline.bindings {
        let (Some(first), Some(last)) = (binding.path.first(), binding.path.last()) else { continue };
        let path = (first.at.0, last.at.1);
        all.extend([path, (path.0, binding.end.max(path.1))].into_iter().filter(|at| holds(*at)));
    }
    let module = &view.parsed.module;
    all.extend(module.spans.iter().copied().filter(|at| at.0 < at.1 && holds(*at)));
    all.push((0, u32::try_from(view.text.len()).unwrap_or(u32::MAX)));
    all.sort_by_key(|at| (at.1 - at.0, at.0));
    all.dedup();
    let mut chain: Vec<(u32, u32)> = Vec::new();
    for at in all {
        let fits = chain.last().is_none_or(|it| at.0 <= it.0 && it.1 <= at.1 && *it != at);
        if fits && view.text.is_char_boundary(at.0 as usize) && view.text.is_char_boundary(at.1 as usize) {
            chain.push(at);
        }
    }
    chain.into_iter().map(|at| view.span(at)).collect()
}
