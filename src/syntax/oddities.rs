//! What is no mistake and yet better written otherwise: names that nothing uses, and syntax that Nix is leaving behind.
//!
//! Says where it stands and what could be taken out or put in; whether anybody wants to hear of it, `checks` decides.

use super::ir::{Bytes, index};

/// Something that could be written better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    pub kind: OddityKind,
    pub at: Bytes,
    /// The function's parameter as written, for arguments.
    pub head: Bytes,
    /// The text that may be taken out without a change of meaning, where that is certain.
    pub removable: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// A name of a `let` that nothing uses.
    UnusedBinding,
    /// An argument of a set pattern that nothing uses.
    UnusedArgument {
        /// Whether the function takes whatever else is given.
        ellipsis: bool,
        /// Whether no other function, `let` or recursive set is around it, as around most modules.
        outermost: bool,
    },
    /// A `with` of which no name is used.
    UnusedWith,
    /// A URL without quotes.
    BareUrl,
    /// `let { … body = …; }`.
    OldLet,
    /// `__overrides` in a recursive set.
    Overrides,
}

impl Oddity {
    pub(super) fn new(kind: OddityKind, at: Bytes) -> Self {
        Self { kind, at, head: at, removable: None }
    }
}

/// The definition `name = value;` with its line, if it has lines of its own. `value` is where the value ends.
pub(super) fn definition(text: &str, name: Bytes, value: Bytes) -> Option<Bytes> {
    let between = text.get(name.1 as usize..value.0 as usize)?;
    let plain = between.chars().all(|it| it.is_whitespace() || it == '=' || it == '(');
    if !plain || between.matches('=').count() != 1 {
        return None;
    }
    whole_lines(text, name.0, semicolon(text, value.1)?)
}

/// A name in an `inherit`, or the whole `inherit` where there is no other.
pub(super) fn inherited(text: &str, name: Bytes) -> Option<Bytes> {
    let (before, after) = (text.get(..name.0 as usize)?, text.get(name.1 as usize..)?);
    let head = before.trim_end();
    let start = if head.ends_with("inherit") {
        Some(head.len() - "inherit".len())
    } else {
        head.strip_suffix(')').and_then(|it| {
            let open = it.rfind('(')?;
            let plain = |it: char| it.is_ascii_alphanumeric() || "._- '".contains(it);
            let outer = it.get(..open)?.trim_end();
            let only = it.get(open + 1..)?.chars().all(plain) && outer.ends_with("inherit");
            only.then(|| outer.len() - "inherit".len())
        })
    };
    if let (Some(start), true) = (start, after.trim_start().starts_with(';')) {
        return whole_lines(text, index(start), semicolon(text, name.1)?);
    }
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    Some((name.0 - index(blanks), name.1))
}

/// `with scope;` and the blanks behind it.
pub(super) fn with(text: &str, start: u32, scope: Bytes) -> Option<Bytes> {
    let end = semicolon(text, scope.1)? as usize;
    let rest = text.get(end..)?;
    let blanks = rest.len() - rest.trim_start().len();
    Some((start, index(end + blanks)))
}

/// Where the `;` after a value ends; parentheses around the value may come before.
fn semicolon(text: &str, end: u32) -> Option<u32> {
    let rest = text.get(end as usize..)?;
    let at = rest.find(|it: char| !it.is_whitespace() && it != ')')?;
    rest.get(at..)?.starts_with(';').then(|| end + index(at) + 1)
}

fn whole_lines(text: &str, start: u32, end: u32) -> Option<Bytes> {
    let (before, after) = (text.get(..start as usize)?, text.get(end as usize..)?);
    let line = before.rfind('\n').map_or(0, |it| it + 1);
    let line_end = after.find('\n').map(|it| it + 1)?;
    let alone = before.get(line..)?.trim().is_empty() && after.get(..line_end)?.trim().is_empty();
    Some(if alone { (index(line), end + index(line_end)) } else { (start, end) })
}
