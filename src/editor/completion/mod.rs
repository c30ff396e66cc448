//! What may be written at a place: machines and tags, options with their types, values of options, names in scope, functions
//! that everybody has, files.
//!
//! Nothing is evaluated: the text up to the place is read by its tokens, machines and options are looked up by name.

mod names;
mod options;
mod paths;

use super::View;
use super::machines::{is_selector, separates};
use super::outline::{Kind, Open, Outline, Phase, Segment};
use crate::syntax::{Bytes, TokenKind};
use crate::text::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    Value,
    Variable,
    Machine,
    Tag,
    Option,
    /// A set of options.
    Group,
    Attribute,
    File,
    Folder,
    Function,
    Constant,
    Keyword,
}

/// One thing that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    pub kind: ItemKind,
    /// A type, or a call.
    pub detail: Option<String>,
    /// Markdown.
    pub text: Option<String>,
    /// What is written instead of what stands at `at`.
    pub insert: String,
    pub at: Span,
}

/// What may be written at a place; and whether there may be more than this.
pub fn completion(view: &View<'_>, offset: u32) -> Vec<Item> {
    let text = view.until(offset);
    let here = Here::of(view, text);
    let mut items = here.items();
    items.sort_by(|a, b| (a.kind, &a.label).cmp(&(b.kind, &b.label)));
    items.dedup_by(|a, b| a.label == b.label && a.kind == b.kind);
    items
}

/// A place with the text before it.
struct Here<'v, 'a> {
    view: &'v View<'a>,
    text: &'v str,
    outline: Outline,
    /// The word that is being typed.
    word: Bytes,
}

impl<'v, 'a> Here<'v, 'a> {
    fn of(view: &'v View<'a>, text: &'v str) -> Self {
        let outline = Outline::of(text);
        let is_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '\'');
        let start = text
            .rfind(|it| !is_word(it))
            .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let offset = |at: usize| u32::try_from(at).expect("a file is smaller than 4 GiB");
        Self { view, text, outline, word: (offset(start), offset(text.len())) }
    }

    fn open(&self) -> Option<&Open> {
        self.outline.open.last()
    }

    fn kind(&self, open: &Open) -> Kind {
        self.outline.containers[open.container].kind
    }

    /// The code before the word, without comments: the last token first.
    fn before(&self) -> impl Iterator<Item = &'v str> {
        let tokens = self.outline.tokens.iter().rev();
        let code = tokens.filter(|it| it.kind != TokenKind::Comment && it.start < self.word.0);
        code.map(|it| it.text(self.text))
    }

    fn item(&self, label: &str, kind: ItemKind) -> Item {
        Item {
            label: label.to_owned(),
            kind,
            detail: None,
            text: None,
            insert: label.to_owned(),
            at: self.view.span(self.word),
        }
    }

    fn items(&self) -> Vec<Item> {
        let Some(last) = self.outline.tokens.last() else {
            return self.words();
        };
        // Nothing is proposed in a comment, unless it has ended.
        if last.kind == TokenKind::Comment && last.end == self.word.1 && !last.text(self.text).ends_with("*/")
        {
            return Vec::new();
        }
        if let Some(paths) = self.paths() {
            return paths;
        }
        let Some(open) = self.open() else { return Vec::new() };
        match (self.kind(open), open.phase) {
            (Kind::Text, _) => self.in_text(open),
            (Kind::Pattern, _) => self.arguments(open),
            (Kind::Let, Phase::Name) => Vec::new(),
            (_, Phase::Name) => self.option_names(open),
            (_, Phase::Inherit) => self.words(),
            (_, Phase::Value) => match self.chain() {
                Some(chain) if !chain.is_empty() => self.members(&chain),
                Some(_) => self.values_and_words(),
                None => Vec::new(),
            },
        }
    }

    /// The names before the dot that the word stands behind; empty where there is no dot, nothing behind a number.
    fn chain(&self) -> Option<Vec<String>> {
        let mut before = self.before().peekable();
        let mut chain = Vec::new();
        while before.next_if_eq(&".").is_some() {
            let mut name = before.next()?;
            if name == "\"" {
                name = before.next()?;
                before.next_if_eq(&"\"")?;
            }
            if !name.starts_with(|it: char| it.is_alphabetic() || it == '_') {
                return None;
            }
            chain.push(name.to_owned());
        }
        chain.reverse();
        Some(chain)
    }

    /// In a string: selectors know machines and tags, some options know their values.
    fn in_text(&self, open: &Open) -> Vec<Item> {
        let way = self.outline.way(open.container);
        let start = self.outline.containers[open.container].at.0;
        let Some(written) = self.text.get(start as usize + 1..) else { return Vec::new() };
        if is_selector(&way) {
            let word = written.rfind(separates).map_or(written, |at| {
                &written[at + written[at..].chars().next().map_or(1, char::len_utf8)..]
            });
            return self.selected(word);
        }
        let way: Vec<Segment> = way.into_iter().filter(|it| *it != Segment::Inside).collect();
        if matches!(way.as_slice(), [.., Segment::Name(deployment), Segment::Name(tags), Segment::Element]
            if deployment == "deployment" && tags == "tags")
        {
            return self.tags(written, "");
        }
        self.text_values(&way, written)
    }

    /// Machines, tags and functions in a selector.
    fn selected(&self, word: &str) -> Vec<Item> {
        if let Some(tag) = word.strip_prefix('@') {
            return self.tags(tag, "@");
        }
        let at = self.view.span((self.word.1 - length(word), self.word.1));
        let mut items: Vec<Item> = self.machines().into_iter().map(|it| Item { at, ..it }).collect();
        items.extend(self.tags(word, "@"));
        for (function, text) in [
            ("needs", "The machines, and all that they need."),
            ("needed-by", "The machines, and all that need them."),
        ] {
            let insert = format!("{function}(");
            let text = Some(text.to_owned());
            items.push(Item { at, insert, text, ..self.item(function, ItemKind::Function) });
        }
        items
    }

    /// The tags of all machines; `typed` is what stands there already, without `prefix`.
    fn tags(&self, typed: &str, prefix: &str) -> Vec<Item> {
        let mut tags: Vec<&str> = Vec::new();
        for machine in &self.view.network.machines {
            tags.extend(machine.deployment_list("tags").0.iter().map(|(it, _)| *it));
        }
        tags.sort_unstable();
        tags.dedup();
        let with_prefix = self.text.ends_with(&format!("{prefix}{typed}"));
        let typed = length(typed) + if with_prefix { length(prefix) } else { 0 };
        let at = self.view.span((self.word.1 - typed, self.word.1));
        let tag = |it: &str| {
            let label = format!("{prefix}{it}");
            Item { at, insert: label.clone(), ..self.item(&label, ItemKind::Tag) }
        };
        tags.into_iter().filter(|it| !it.is_empty()).map(tag).collect()
    }

    fn machines(&self) -> Vec<Item> {
        let machine = |it: &crate::network::Machine| {
            let host = match it.deployment("targetHost") {
                crate::network::Setting::Known(definitions) => {
                    definitions.first().and_then(|it| it.value.as_str()).map(str::to_owned)
                }
                _ => None,
            };
            Item { detail: host, ..self.item(it.name.as_str(), ItemKind::Machine) }
        };
        self.view.network.machines.iter().map(|it| machine(it)).collect()
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(0)
}
