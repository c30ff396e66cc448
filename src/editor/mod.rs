//! What an editor asks about a place in a file: one file per question, each a function of a [`View`].
//!
//! Plain values with spans come out; nothing here knows a protocol, keeps anything between two questions, or reads files
//! but through those of the network. Text that is being typed is read by its tokens where the grammar sees damage; what
//! the network says may be as old as its last evaluation, so machines are found by name.

pub mod code_lens;
pub mod completion;
pub mod definition;
pub mod folding;
pub mod hover;
pub mod inlay_hints;
pub mod links;
pub mod references;
pub mod rename;
pub mod selection;
pub mod semantic_tokens;
pub mod signature;
pub mod symbols;

mod chain;
mod configured;
mod functions;
mod inherits;
mod machines;
mod names;
mod node_names;
mod option_tree;
mod outline;
mod place;
mod rename_local;
mod search;
mod summary;
#[cfg(test)]
mod tests;
mod value;

use std::cell::OnceCell;
use std::path::Path;

use names::Names;
use node_names::Named;
use outline::Outline;

use crate::network::{Network, Request};
use crate::options::Options;
use crate::syntax::{Bytes, Parsed};
use crate::text::{FileId, Span};

/// A file as an editor shows it, and the network that it belongs to.
pub struct View<'a> {
    pub network: &'a Network,
    /// What the network was loaded from.
    pub request: &'a Request,
    pub path: &'a Path,
    pub text: &'a str,
    /// Of this text.
    pub parsed: &'a Parsed,
    /// What spans in this text are of. It is none of the network's files where the network was loaded from another text.
    pub file: FileId,
    outline: OnceCell<Outline>,
    names: OnceCell<Names>,
    named: OnceCell<Vec<Named>>,
}

/// A text to be put into the place of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub at: Span,
    pub text: String,
}

impl<'a> View<'a> {
    pub fn new(
        network: &'a Network,
        request: &'a Request,
        path: &'a Path,
        text: &'a str,
        parsed: &'a Parsed,
    ) -> Self {
        let sources = network.sources();
        let known = sources.find(path).filter(|it| &*sources.file(*it).text == text);
        let file = known.unwrap_or_else(|| {
            FileId(u32::try_from(sources.len()).expect("a run has fewer than 2^32 files"))
        });
        Self {
            network,
            request,
            path,
            text,
            parsed,
            file,
            outline: OnceCell::new(),
            names: OnceCell::new(),
            named: OnceCell::new(),
        }
    }

    /// The path of the file that a span of an answer is in.
    pub fn path_of(&self, file: FileId) -> &Path {
        if file == self.file { self.path } else { self.network.sources().path(file) }
    }

    /// The text that a span of an answer counts in.
    pub fn text_of(&self, file: FileId) -> &str {
        if file == self.file { self.text } else { &self.network.sources().file(file).text }
    }

    /// Every file of the network in the text that the editor has, this one first.
    fn files(&self) -> impl Iterator<Item = FileId> {
        let sources = self.network.sources();
        let others = self.network.files.iter().copied().filter(|it| sources.path(*it) != self.path);
        std::iter::once(self.file).chain(others)
    }

    /// Looks at a file of the network as this view looks at its own.
    fn in_file<T>(&self, file: FileId, look: impl FnOnce(&View<'_>) -> T) -> T {
        if file == self.file {
            return look(self);
        }
        let text = self.text_of(file);
        let parsed = crate::syntax::parse(file, text);
        look(&View::new(self.network, self.request, self.path_of(file), text, &parsed))
    }

    fn span(&self, at: Bytes) -> Span {
        Span::new(self.file, at.0, at.1)
    }

    fn slice(&self, at: Bytes) -> &'a str {
        self.text.get(at.0 as usize..at.1 as usize).unwrap_or_default()
    }

    /// The line of a place, counted from 1.
    fn line_of(&self, offset: u32) -> usize {
        self.until(offset).matches('\n').count() + 1
    }

    fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| Outline::of(self.text))
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::of(&self.parsed.module))
    }

    /// The options that are known: those of `deployment`, and those of NixOS where there is a schema.
    fn option_trees(&self) -> Vec<&'a Options> {
        let nixos = self.request.options.as_deref().map(|it| &it.options);
        [Some(crate::network::deployment_options()), nixos].into_iter().flatten().collect()
    }

    /// The beginning of the text up to a place; to the last character that begins before it.
    fn until(&self, offset: u32) -> &'a str {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[..end]
    }
}
