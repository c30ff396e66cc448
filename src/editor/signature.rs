//! The arguments of the function that is being called at a place, and which of them stands there.

use super::View;
use super::chain::chain_to;
use super::functions::Known;
use super::outline::Outline;
use crate::syntax::{Token, TokenKind};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub function: Known,
    /// The number of the argument, from 0.
    pub argument: usize,
}

/// The innermost call of a known function around a place.
pub fn signature(view: &View<'_>, offset: u32) -> Option<Signature> {
    let text = view.until(offset);
    let outline = Outline::of(text);
    let code: Vec<(usize, Token)> =
        outline.tokens.iter().copied().enumerate().filter(|(_, it)| it.kind != TokenKind::Comment).collect();
    let mut end = code.len();
    // From the innermost call outwards.
    for _ in 0..MOST_LEVELS {
        let (first, argument) = operands_before(text, &code[..end])?;
        let Some((function, _)) = code.get(first.function) else {
            end = first.before;
            continue;
        };
        let chain = chain_to(&outline, text, *function);
        let typing = code.last().is_some_and(|(_, it)| it.end == offset && end == code.len());
        if argument > 0 || !typing {
            let known = view
                .known_function(&chain)
                .filter(|it| argument < it.arguments().len() + usize::from(typing));
            let number = if typing { argument.saturating_sub(1) } else { argument };
            if let Some(function) = known.filter(|it| number < it.arguments().len()) {
                return Some(Signature { function, argument: number });
            }
        }
        end = first.before;
    }
    None
}

/// How far outwards a call is looked for.
const MOST_LEVELS: usize = 40;

struct Call {
    /// The last token of the function's name.
    function: usize,
    /// How many tokens there are before the bracket around the call.
    before: usize,
}

/// The call whose arguments come last: its function, and how many operands stand behind it.
fn operands_before(text: &str, code: &[(usize, Token)]) -> Option<(Call, usize)> {
    let mut operands: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut at = code.len();
    let mut after_dot = false;
    while at > 0 {
        at -= 1;
        let (_, token) = code[at];
        let written = token.text(text);
        match (token.kind, written) {
            (TokenKind::Symbol, "}" | "]" | ")") | (TokenKind::StringEnd | TokenKind::HoleEnd, _) => {
                if depth == 0 && !std::mem::take(&mut after_dot) {
                    operands.push(at);
                }
                depth += 1;
            }
            (TokenKind::Symbol, "{" | "[" | "(") | (TokenKind::StringStart | TokenKind::HoleStart, _) => {
                match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    // The bracket around: the call ends here.
                    None => {
                        let in_list = written == "[";
                        return Some(found(&operands, at, in_list));
                    }
                }
            }
            _ if depth > 0 => {}
            (TokenKind::Symbol, ".") => after_dot = true,
            (TokenKind::Symbol | TokenKind::Keyword, _) => {
                if operands.is_empty() {
                    // Behind an operator nothing has been called yet.
                    return Some(found(&[], outer(text, code, at), false));
                }
                return Some(found(&operands, outer(text, code, at), false));
            }
            _ => {
                if !std::mem::take(&mut after_dot) {
                    operands.push(at);
                }
            }
        }
    }
    operands.last().map(|_| found(&operands, 0, false))
}

fn found(operands: &[usize], before: usize, in_list: bool) -> (Call, usize) {
    match operands.last() {
        Some(function) if !in_list => (Call { function: *function, before }, operands.len() - 1),
        _ => (Call { function: usize::MAX, before }, 0),
    }
}

/// How many tokens there are before the bracket around a token.
fn outer(text: &str, code: &[(usize, Token)], from: usize) -> usize {
    let mut depth = 0_usize;
    for at in (0..from).rev() {
        let (_, token) = code[at];
        match (token.kind, token.text(text)) {
            (TokenKind::Symbol, "}" | "]" | ")") | (TokenKind::StringEnd | TokenKind::HoleEnd, _) => {
                depth += 1;
            }
            (TokenKind::Symbol, "{" | "[" | "(") | (TokenKind::StringStart | TokenKind::HoleStart, _) => {
                match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return at,
                }
            }
            _ => {}
        }
    }
    0
}
