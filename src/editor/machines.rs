//! Where machines are named: as attributes of the network, through `nodes`, and in selectors. In one file, and in all.
//!
//! Goes by the code alone: a name that is computed is nobody's mention.

use super::View;
use super::names::{FrameKind, Meaning};
use super::outline::{Kind, Segment};
use crate::syntax::{Bytes, ExprId, Token, TokenKind};
use crate::text::Span;

/// How a machine is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The attribute that it is.
    Defined,
    /// `nodes.x`, or a string that is such a name.
    Node,
    /// A variable that a `with` of this set gives.
    Given(ExprId),
    /// In an `inherit` of this set.
    Inherited(ExprId),
    /// A variable that a `with` of all machines gives, unless another one does.
    Perhaps,
    /// A word of a selector.
    Selector,
    /// A tag in a selector.
    Tag,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mention {
    pub(super) name: String,
    /// As written: with its quotes, where it is a string in a path.
    pub(super) at: Span,
    pub(super) role: Role,
}

impl View<'_> {
    /// The machine that is named at a place. It need not exist.
    pub(super) fn mention_at(&self, offset: u32) -> Option<Mention> {
        let outline = self.outline();
        let token = outline.token_at(offset)?;
        let found = |name: &str, at: Bytes, role: Role| {
            Some(Mention { name: name.to_owned(), at: self.span(at), role })
        };
        if let Some((binding, step)) = outline.step_at(offset)
            && self.is_network_file()
            && !outline.bindings[binding].inherited
            && let way = outline.way_to_step(binding, step)
            && self.machine_depth(&way) == Some(way.len())
            && let Some(Segment::Name(name)) = way.last()
        {
            return found(name, outline.bindings[binding].path[step].at, Role::Defined);
        }
        let named = self.named_machines();
        let until = named.partition_point(|it| it.at.0 <= offset);
        if let Some(it) = named[..until].last().filter(|it| offset <= it.at.1 && it.role != Role::Perhaps) {
            return found(&it.name, it.at, it.role);
        }
        if !self.parsed.errors.is_empty()
            && let Some((name, at)) = self.node_at(token)
        {
            return found(&name, at, Role::Node);
        }
        let (word, at) = self.selector_word(token, offset)?;
        match word.strip_prefix('@') {
            Some(tag) => found(tag, (at.0 + 1, at.1), Role::Tag),
            None => found(word, at, Role::Selector),
        }
    }

    /// Every place in the network's files that names a machine.
    pub(super) fn mentions_of(&self, name: &str) -> Vec<Mention> {
        let mut found = Vec::new();
        for file in self.files().filter(|it| self.text_of(*it).contains(name)) {
            self.in_file(file, |view| view.mentions_here(name, &mut found));
        }
        found.sort_by_key(|it| it.at);
        found.dedup();
        found
    }

    fn mentions_here(&self, name: &str, found: &mut Vec<Mention>) {
        let wanted = |it: &Mention| it.name == name && it.role != Role::Tag;
        for token in &self.outline().tokens {
            let written = token.text(self.text);
            match token.kind {
                TokenKind::Name if written == name => {
                    found.extend(self.mention_at(token.start).filter(wanted));
                }
                TokenKind::StringText => {
                    for (at, _) in written.match_indices(name) {
                        let Ok(at) = u32::try_from(at) else { continue };
                        found.extend(self.mention_at(token.start + at).filter(wanted));
                    }
                }
                _ => {}
            }
        }
    }

    /// The machine that a token names behind `nodes.` or `resources.machines.` in code that is not complete.
    fn node_at(&self, token: Token) -> Option<(String, Bytes)> {
        let tokens = &self.outline().tokens;
        let mut at = tokens.partition_point(|it| it.start < token.start);
        let (name, bytes) = match token.kind {
            TokenKind::Name => (token.text(self.text).to_owned(), (token.start, token.end)),
            // A quoted name: the string is all of its text.
            TokenKind::StringText => {
                let (start, end) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at + 1)?);
                if start.kind != TokenKind::StringStart || end.kind != TokenKind::StringEnd {
                    return None;
                }
                at -= 1;
                (token.text(self.text).to_owned(), (start.start, end.end))
            }
            _ => return None,
        };
        let text_at =
            |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(|it| it.text(self.text));
        if !matches!(text_at(1), Some("." | "?")) {
            return None;
        }
        match (text_at(2), text_at(3), text_at(4)) {
            (Some("nodes"), before, _) if before != Some(".") => {
                self.is_argument(tokens.get(at.checked_sub(2)?)?).then_some((name, bytes))
            }
            (Some("machines"), Some("."), Some("resources")) => {
                self.is_argument(tokens.get(at.checked_sub(4)?)?).then_some((name, bytes))
            }
            _ => None,
        }
    }

    /// Whether a name is an argument of a function, or may be one that a `with` gives.
    fn is_argument(&self, token: &Token) -> bool {
        match self.names().use_at(token.start).map(|it| it.meaning) {
            Some(Meaning::Local { frame, .. }) => {
                matches!(self.names().frames[frame as usize].kind, FrameKind::Lambda(_))
            }
            Some(Meaning::FromWith { .. }) => true,
            // Half-typed code may have no expression there.
            None => self.parsed.module.exprs.len() > 1 && self.outline().step_at(token.start).is_none(),
            Some(Meaning::Global | Meaning::Nothing) => false,
        }
    }

    /// The word of a selector at a place in a string, with an `@` before it.
    fn selector_word(&self, token: Token, offset: u32) -> Option<(&str, Bytes)> {
        if token.kind != TokenKind::StringText {
            return None;
        }
        let outline = self.outline();
        let container = outline.container_at(token.start);
        if outline.containers[container].kind != Kind::Text || !is_selector(&outline.way(container)) {
            return None;
        }
        let (text, at) = (token.text(self.text), offset.checked_sub(token.start)? as usize);
        word_at(text, at).map(|(start, end)| {
            let bytes =
                |it: usize| token.start + u32::try_from(it).expect("a token is shorter than its file");
            (&text[start..end], (bytes(start), bytes(end)))
        })
    }
}

/// Whether what stands in a string at the end of this way selects machines.
pub(super) fn is_selector(way: &[Segment]) -> bool {
    let names: Vec<&str> = way
        .iter()
        .filter_map(|it| match it {
            Segment::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    // Strings of strings are none.
    let strings = way.iter().filter(|it| **it == Segment::Inside).count();
    strings <= 1
        && (names.ends_with(&["deployment", "dependsOn"])
            || names.ends_with(&["rollout", "canary"])
            || names.ends_with(&["rollout", "stages"]))
}

/// Characters between the words of a selector.
pub(super) fn separates(it: char) -> bool {
    it.is_whitespace() || matches!(it, '(' | ')' | ',')
}

/// The word that holds a place, or ends there.
fn word_at(text: &str, at: usize) -> Option<(usize, usize)> {
    if !text.is_char_boundary(at) {
        return None;
    }
    let start =
        text[..at].rfind(separates).map_or(0, |it| it + text[it..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(separates).map_or(text.len(), |it| at + it);
    let word = text.get(start..end)?;
    let is_word = !word.is_empty() && !matches!(word, "and" | "or" | "not" | "needs" | "needed-by");
    is_word.then_some((start, end))
}
