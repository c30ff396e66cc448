//! Tokens, by rnix' tokenizer, without white space; comments are kept aside.
//!
//! Two things are done around it: a carriage return alone ends a comment as it does in Nix, and input on which the
//! tokenizer's look-ahead would be quadratic is refused before it starts.

use std::borrow::Cow;

use rnix::SyntaxKind::{self, TOKEN_COMMENT, TOKEN_WHITESPACE};

use super::ir::index;

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: SyntaxKind,
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<(u32, u32)>,
    /// White space that Nix does not take for white space.
    pub(super) strange: Vec<(u32, u32)>,
}

/// Nix files are source code; the largest in nixpkgs has 3 MB.
const LARGEST_FILE: usize = 256 << 20;

/// Characters the look-ahead may visit twice before a text is refused: about half a second.
const LOOK_AHEAD: usize = 400_000_000;

/// Why the text cannot be tokenized in bounded time, if so.
pub(super) fn refusal(text: &str) -> Option<&'static str> {
    if text.len() > LARGEST_FILE {
        return Some("this file is larger than any Nix file could be");
    }
    // No cost is greater than the square of the length.
    if text.len() * text.len() <= LOOK_AHEAD {
        return None;
    }
    // The tokenizer looks through a whole run of path characters at each token that begins inside of it.
    let (mut cost, mut run, mut restarts) = (0_usize, 0_usize, 0_usize);
    let bytes = text.as_bytes();
    let (mut at, mut quoted) = (0, false);
    while at <= bytes.len() {
        // Comments are passed over at once. Where a string may be open, nothing is taken for one.
        if !quoted && at.checked_sub(1).is_none_or(|before| bytes[before].is_ascii_whitespace()) {
            at = comment_end(bytes, at);
        }
        let byte = bytes.get(at).copied().unwrap_or(b' ');
        at += 1;
        quoted |= matches!(byte, b'"' | b'\'');
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => run += 1,
            b'.' | b'-' | b'+' | b'/' => {
                run += 1;
                restarts += 1;
            }
            _ => {
                cost = cost.saturating_add(run.saturating_mul(restarts));
                run = 0;
                restarts = 0;
            }
        }
    }
    (cost > LOOK_AHEAD).then_some("this file has a run of path characters too long to be read")
}

/// Behind the comment that begins at a place, or the place itself.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at.min(bytes.len())..];
    if rest.starts_with(b"/*") {
        return rest
            .windows(2)
            .skip(2)
            .position(|pair| pair == b"*/")
            .map_or(bytes.len(), |end| at + end + 4);
    }
    if rest.starts_with(b"#") {
        return rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(bytes.len(), |end| at + end);
    }
    at
}

pub(super) fn lex(text: &str) -> Lexed {
    // In code as people write it, a token and the white space around it take some five bytes.
    let mut lexed = Lexed { tokens: Vec::with_capacity(text.len() / 5), ..Lexed::default() };
    let text = comment_ends(text);
    let mut at = 0;
    for (kind, part) in rnix::tokenize(&text) {
        let (start, end) = (at, at + index(part.len()));
        at = end;
        match kind {
            TOKEN_WHITESPACE => {
                if !part.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                    lexed.strange.push((start, end));
                }
            }
            TOKEN_COMMENT => lexed.comments.push((start, end)),
            _ => lexed.tokens.push(Token { kind, start, end }),
        }
    }
    lexed
}

/// Turns each carriage return that stands alone into a newline: the same length, and the end of a `#` comment.
/// Contents of strings are read from the text itself.
fn comment_ends(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let alone = |at: usize| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    if !(0..bytes.len()).any(alone) {
        return Cow::Borrowed(text);
    }
    let mut ends = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        ends.push(if alone(at) { '\n' } else { char });
    }
    Cow::Owned(ends)
}
