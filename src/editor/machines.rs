//! Where machines are named: as attributes of the network, behind `nodes`, and in selectors. In one file, and in all.
//!
//! Goes by the code alone: a name that is computed is nobody's mention.

use super::View;
use super::names::{FrameKind, Meaning, Names};
use super::outline::{Kind, Outline, Segment};
use crate::syntax::{self, Bytes, Token, TokenKind};
use crate::text::{FileId, Span};

/// How a machine is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The attribute that it is.
    Defined,
    /// `nodes.x`.
    Node,
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

/// A text with its structure.
pub(super) struct Seen<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) names: &'a Names,
    pub(super) module: &'a syntax::Module,
    /// Whether the network is read from it.
    pub(super) top: bool,
}

impl View<'_> {
    /// The machine that is named at a place. It need not exist.
    pub(super) fn mention_at(&self, offset: u32) -> Option<Mention> {
        self.seen(|seen| self.mention_in(seen, offset))
    }

    fn seen<T>(&self, look: impl FnOnce(&Seen<'_>) -> T) -> T {
        look(&Seen {
            file: self.file,
            text: self.text,
            outline: self.outline(),
            names: self.names(),
            module: &self.parsed.module,
            top: self.is_network_file(),
        })
    }

    fn mention_in(&self, seen: &Seen<'_>, offset: u32) -> Option<Mention> {
        let token = seen.outline.token_at(offset)?;
        let found = |name: &str, at: Bytes, role: Role| {
            let at = Span::new(seen.file, at.0, at.1);
            Some(Mention { name: name.to_owned(), at, role })
        };
        if seen.top
            && let Some((binding, step)) = seen.outline.step_at(offset)
            && !seen.outline.bindings[binding].inherited
            && let way = seen.outline.way_to_step(binding, step)
            && self.machine_depth(&way) == Some(way.len())
            && let Some(Segment::Name(name)) = way.last()
        {
            return found(name, seen.outline.bindings[binding].path[step].at, Role::Defined);
        }
        if let Some((name, at)) = node_at(seen, token) {
            return found(&name, at, Role::Node);
        }
        let (word, at) = selector_word(seen, token, offset)?;
        match word.strip_prefix('@') {
            Some(tag) => found(tag, (at.0 + 1, at.1), Role::Tag),
            None => found(word, at, Role::Selector),
        }
    }

    /// Every place in the network's files that names a machine.
    pub(super) fn mentions_of(&self, name: &str) -> Vec<Mention> {
        let sources = self.network.sources();
        let mut found = Vec::new();
        for file in self.files() {
            let text = self.text_of(file);
            if !text.contains(name) {
                continue;
            }
            if file == self.file {
                self.seen(|seen| self.mentions_in(seen, name, &mut found));
                continue;
            }
            let outline = Outline::of(text);
            let parsed = syntax::parse(file, text);
            let names = Names::of(&parsed.module);
            let top = self.network.inputs.iter().any(|it| it.file == file);
            let other = View::new(self.network, self.request, sources.path(file), text, &parsed);
            let seen = Seen { file, text, outline: &outline, names: &names, module: &parsed.module, top };
            other.mentions_in(&seen, name, &mut found);
        }
        found.sort_by_key(|it| it.at);
        found.dedup();
        found
    }

    fn mentions_in(&self, seen: &Seen<'_>, name: &str, found: &mut Vec<Mention>) {
        for token in &seen.outline.tokens {
            let written = token.text(seen.text);
            match token.kind {
                TokenKind::Name if written == name => found.extend(
                    self.mention_in(seen, token.start).filter(|it| it.name == name && it.role != Role::Tag),
                ),
                TokenKind::StringText => {
                    for (at, _) in written.match_indices(name) {
                        let Ok(at) = u32::try_from(at) else { continue };
                        let mention = self.mention_in(seen, token.start + at);
                        found.extend(mention.filter(|it| it.name == name && it.role != Role::Tag));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The machine that a token names behind `nodes.` or `resources.machines.`.
fn node_at(seen: &Seen<'_>, token: Token) -> Option<(String, Bytes)> {
    let tokens = &seen.outline.tokens;
    let mut at = tokens.partition_point(|it| it.start < token.start);
    let (name, bytes) = match token.kind {
        TokenKind::Name => (token.text(seen.text).to_owned(), (token.start, token.end)),
        // A quoted name: the string is all of its text.
        TokenKind::StringText => {
            let (start, end) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at + 1)?);
            if start.kind != TokenKind::StringStart || end.kind != TokenKind::StringEnd {
                return None;
            }
            at -= 1;
            (token.text(seen.text).to_owned(), (start.start, end.end))
        }
        _ => return None,
    };
    let text_at =
        |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(|it| it.text(seen.text));
    if !matches!(text_at(1), Some("." | "?")) {
        return None;
    }
    match (text_at(2), text_at(3), text_at(4)) {
        (Some("nodes"), before, _) if before != Some(".") => {
            is_argument(seen, tokens.get(at.checked_sub(2)?)?).then_some((name, bytes))
        }
        (Some("machines"), Some("."), Some("resources")) => {
            is_argument(seen, tokens.get(at.checked_sub(4)?)?).then_some((name, bytes))
        }
        _ => None,
    }
}

/// Whether a name is an argument of a function, or may be one that a `with` gives.
fn is_argument(seen: &Seen<'_>, token: &Token) -> bool {
    let used = seen.names.use_at(token.start);
    match used.map(|it| it.meaning) {
        Some(Meaning::Local { frame, .. }) => {
            matches!(seen.names.frames[frame as usize].kind, FrameKind::Lambda(_))
        }
        Some(Meaning::FromWith { .. }) => true,
        // Half-typed code may have no expression there.
        None => seen.module.exprs.len() > 1 && !is_defined(seen, token),
        Some(Meaning::Global | Meaning::Nothing) => false,
    }
}

/// Whether a token is a name of a definition.
fn is_defined(seen: &Seen<'_>, token: &Token) -> bool {
    seen.outline.step_at(token.start).is_some()
}

/// The word of a selector at a place in a string, with an `@` before it.
fn selector_word<'t>(seen: &Seen<'t>, token: Token, offset: u32) -> Option<(&'t str, Bytes)> {
    if token.kind != TokenKind::StringText {
        return None;
    }
    let container = seen.outline.container_at(token.start);
    if seen.outline.containers[container].kind != Kind::Text || !is_selector(&seen.outline.way(container)) {
        return None;
    }
    let (text, at) = (token.text(seen.text), offset.checked_sub(token.start)? as usize);
    word_at(text, at).map(|(start, end)| {
        let bytes = |it: usize| token.start + u32::try_from(it).expect("a token is shorter than its file");
        (&text[start..end], (bytes(start), bytes(end)))
    })
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
