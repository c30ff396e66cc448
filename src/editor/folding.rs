//! What can be folded away: everything in brackets, strings, `let`s and comments that take several lines.

use super::View;
use super::outline::Kind;
use crate::syntax::TokenKind;
use crate::text::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    Code,
    Comment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    pub at: Span,
    pub kind: FoldKind,
}

/// Everything that can be folded, in order.
pub fn folding(view: &View<'_>) -> Vec<Fold> {
    let outline = view.outline();
    let lines = |at: (u32, u32)| view.slice(at).contains('\n');
    let mut folds: Vec<Fold> = outline
        .containers
        .iter()
        .skip(1)
        .filter(|it| it.kind != Kind::Hole && lines(it.at))
        .map(|it| Fold { at: view.span(it.at), kind: FoldKind::Code })
        .collect();
    // Comments that follow each other, line by line, are one.
    let mut run: Option<(u32, u32)> = None;
    for token in &outline.tokens {
        if token.kind != TokenKind::Comment {
            continue;
        }
        run = match run {
            Some((start, end)) if is_next_line(view.slice((end, token.start))) => Some((start, token.end)),
            before => {
                folds.extend(before.filter(|at| lines(*at)).map(|at| comment(view, at)));
                Some((token.start, token.end))
            }
        };
    }
    folds.extend(run.filter(|at| lines(*at)).map(|at| comment(view, at)));
    folds.sort_by_key(|it| (it.at.start, std::cmp::Reverse(it.at.end)));
    folds
}

fn comment(view: &View<'_>, at: (u32, u32)) -> Fold {
    Fold { at: view.span(at), kind: FoldKind::Comment }
}

fn is_next_line(between: &str) -> bool {
    between.matches('\n').count() == 1 && between.trim().is_empty()
}
