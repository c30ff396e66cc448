//! The arguments that function networks are called with: `--arg`, `--argstr`, and what `set-args` stored.

use std::path::Path;

use crate::eval::Evaluator;
use crate::text::{FileId, Span};
use crate::value::Value;

use super::LoadError;

/// One argument as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A Nix expression.
    Expression(String),
    /// A string, taken as it is.
    String(String),
}

impl Argument {
    /// As Nix source text.
    pub fn source(&self) -> String {
        match self {
            Argument::Expression(expression) => expression.clone(),
            Argument::String(text) => nix_string(text),
        }
    }
}

/// A Nix string literal.
pub fn nix_string(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// Arguments by name, in the order they were given; a later one replaces an earlier one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    given: Vec<(String, Argument)>,
}

impl Arguments {
    pub fn set(&mut self, name: impl Into<String>, argument: Argument) {
        let name = name.into();
        self.given.retain(|(known, _)| *known != name);
        self.given.push((name, argument));
    }

    pub fn string(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.set(name, Argument::String(value.into()));
    }

    pub fn expression(&mut self, name: impl Into<String>, expression: impl Into<String>) {
        self.set(name, Argument::Expression(expression.into()));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.given.iter().map(|(name, argument)| (name.as_str(), argument))
    }

    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }
}

/// Where a name stands as a word in the head of a function.
pub(super) fn word(head: Span, text: &str, name: &str) -> Span {
    let is_word = |it: char| it.is_ascii_alphanumeric() || "_'-".contains(it);
    let found = text
        .match_indices(name)
        .find(|(at, _)| !text[..*at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word));
    match found {
        Some((at, _)) => {
            let start = head.start + u32::try_from(at).expect("a head is shorter than its file");
            Span::new(head.file, start, start + u32::try_from(name.len()).expect("so is a name in it"))
        }
        None => head,
    }
}

/// An argument's expression; that it cannot be read is the command line's fault.
pub(super) fn expression(
    eval: &mut Evaluator,
    name: &str,
    text: &str,
    folder: &Path,
) -> Result<Value, LoadError> {
    let parsed = crate::syntax::parse(FileId(0), text);
    if let Some(error) = parsed.errors.first() {
        return Err(LoadError::Argument { name: name.to_owned(), message: error.message.clone() });
    }
    Ok(eval.eval_text_in(&format!("<argument {name}>"), text, folder))
}
