//! Which of several mistakes is the first cause, and which only follow from it.
//!
//! Looks at what the parser found; finds no mistakes of its own.

use rnix::SyntaxKind::{self, TOKEN_IDENT, TOKEN_INTEGER, TOKEN_STRING_END, TOKEN_STRING_START};

use super::errors::SyntaxErrorKind;
use super::ir::{Bytes, Expr, Module, index};
use super::lexer::Token;
use super::{SyntaxError, parser::Parser};

/// A forgotten quote makes strings of what lies between strings, and ends far from the fault: the string that runs
/// over the end of its line and is followed by a word at once is to blame, and nothing behind it has a meaning.
pub(super) fn blame_open_string(parser: &mut Parser<'_>) {
    let Some(first) = parser.errors.iter().filter(|it| it.kind.is_of_grammar()).map(|it| it.span.start).min()
    else {
        return;
    };
    let Some(start) = string_over_line_end(parser.text, parser.tokens).filter(|start| *start <= first) else {
        return;
    };
    parser.errors.retain(|error| error.span.start < start);
    let line = parser.text[start as usize..].lines().next().unwrap_or_default();
    let at = (start, start + index(line.len()));
    if let Some(error) =
        parser.add(SyntaxErrorKind::Unclosed, at, "this string is not closed in its line".to_owned())
    {
        error.help = Some("add `\"`".to_owned());
    }
    damage(&mut parser.module, at);
}

fn string_over_line_end(text: &str, tokens: &[Token]) -> Option<u32> {
    let mut open: Vec<Token> = Vec::new();
    let mut first: Option<u32> = None;
    for (number, token) in tokens.iter().enumerate() {
        match token.kind {
            TOKEN_STRING_START => open.push(*token),
            TOKEN_STRING_END => {
                let Some(start) = open.pop() else { continue };
                let inside = &text[start.start as usize..token.end as usize];
                let word = |next: &Token| next.start == token.end && begins_word(next.kind);
                if inside.starts_with('"')
                    && inside.contains('\n')
                    && tokens.get(number + 1).is_some_and(word)
                {
                    first = Some(first.map_or(start.start, |first| first.min(start.start)));
                }
            }
            _ => {}
        }
    }
    first
}

fn begins_word(kind: SyntaxKind) -> bool {
    matches!(kind, TOKEN_IDENT | TOKEN_INTEGER)
}

/// Takes the meaning from everything that begins behind a place.
fn damage(module: &mut Module, at: Bytes) {
    for (expr, span) in module.exprs.iter_mut().zip(&module.spans) {
        if span.0 >= at.0 {
            *expr = Expr::Damaged;
        }
    }
}

/// Names behind the first mistake of grammar may be undefined only because of it.
pub(super) fn drop_followers(errors: &mut Vec<SyntaxError>) {
    let Some(first) = errors.iter().filter(|it| it.kind.is_of_grammar()).map(|it| it.span.start).min() else {
        return;
    };
    errors.retain(|error| error.kind != SyntaxErrorKind::UndefinedVariable || error.span.start < first);
}
