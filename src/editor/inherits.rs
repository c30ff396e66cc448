//! An `inherit` that loses one of its names, which is defined beside it instead: `inherit (a) x y;` becomes
//! `inherit (a) y; x = a.z;`. By the tokens; everything else stays as it is written.

use super::outline::Outline;
use crate::syntax::{Bytes, Token, TokenKind};

/// The edits that put a definition (`x = a.z;`) into the place of a name of an `inherit`; nothing where the text is not
/// written in that way.
pub(super) fn replaced(
    outline: &Outline,
    text: &str,
    at: Bytes,
    definition: &str,
) -> Option<Vec<(Bytes, String)>> {
    let tokens = &outline.tokens;
    let name = tokens.iter().position(|it| it.start == at.0)?;
    let is = |token: &Token, what: &str| token.text(text) == what;
    // Back to the keyword, past the other names and what they are taken from.
    let mut depth = 0_u32;
    let keyword = (0..name).rev().find(|number| {
        let token = &tokens[*number];
        if is(token, ")") {
            depth += 1;
        } else if is(token, "(") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && (is(token, "inherit") || is(token, ";"))
    })?;
    let end = (name..tokens.len()).find(|number| is(&tokens[*number], ";"))?;
    if !is(&tokens[keyword], "inherit") {
        return None;
    }
    let mut depth = 0_u32;
    let others = tokens[keyword + 1..end].iter().filter(|it| {
        if is(it, "(") {
            depth += 1;
        } else if is(it, ")") {
            depth = depth.saturating_sub(1);
            return false;
        }
        let in_name = at.0 <= it.start && it.end <= at.1;
        depth == 0 && !in_name && it.kind != TokenKind::Comment
    });
    if others.count() == 0 {
        return Some(vec![((tokens[keyword].start, tokens[end].end), definition.to_owned())]);
    }
    // A comment to the end of its line must not swallow what follows.
    let before = &tokens[name.checked_sub(1)?];
    let from = if before.kind == TokenKind::Comment { at.0 } else { before.end };
    Some(vec![((from, at.1), String::new()), ((tokens[end].end, tokens[end].end), format!(" {definition}"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, name: &str, definition: &str) -> Option<String> {
        let start = u32::try_from(text.find(name)?).ok()?;
        let at = (start, start + u32::try_from(name.len()).ok()?);
        let mut out = text.to_owned();
        for (at, with) in replaced(&Outline::of(text), text, at, definition)?.into_iter().rev() {
            out.replace_range(at.0 as usize..at.1 as usize, &with);
        }
        Some(out)
    }

    #[test]
    fn one_name_becomes_a_definition() {
        let cases = [
            ("{ inherit one; }", "one", "{ one = x; }"),
            ("{ inherit (a.b c) one; }", "one", "{ one = x; }"),
            ("{ inherit (a) one two; }", "one", "{ inherit (a) two; one = x; }"),
            ("{ inherit (a) two one; y = 1; }", "one", "{ inherit (a) two; one = x; y = 1; }"),
            (
                "{ inherit two\n    # c\n    one three; }",
                "one",
                "{ inherit two\n    # c\n     three; one = x; }",
            ),
            ("{ inherit (a) \"one\" two; }", "\"one\"", "{ inherit (a) two; one = x; }"),
        ];
        for (text, name, expected) in cases {
            assert_eq!(after(text, name, "one = x;").as_deref(), Some(expected), "{text}");
        }
        assert_eq!(after("{ two = 1; one = 2; }", "one", "one = x;"), None);
    }
}
