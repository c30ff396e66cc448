//! Types by their names in nixpkgs, and by the words that describe them in the manual of NixOS. What is not understood is
//! a type that accepts everything.

use std::sync::Arc;

use crate::options::plain::PlainKind;
use crate::options::types::{OptionType, Options};

/// A type that has no types in it.
pub(super) fn named(name: &str, description: &str) -> OptionType {
    match name {
        "bool" | "boolean" => OptionType::Bool,
        "int" => OptionType::Int { lowest: None, highest: None },
        "float" => OptionType::Float,
        "str" | "nonEmptyStr" | "singleLineStr" => OptionType::Str,
        "string" | "separatedString" => OptionType::Lines,
        // It has a rule of its own for several definitions.
        "string or path" => OptionType::Coerced(OptionType::Str.into(), OptionType::Path.into()),
        "path" | "pathInStore" | "externalPath" => OptionType::Path,
        "package" | "shellPackage" => OptionType::Package,
        "attrs" => OptionType::Set,
        "functionTo" => OptionType::Function,
        _ if name.starts_with("strMatching") => OptionType::Str,
        _ if name.starts_with("unsignedInt")
            || name.starts_with("signedInt")
            || name.starts_with("positiveInt") =>
        {
            described(description)
        }
        "intBetween" => described(description),
        _ => OptionType::Anything,
    }
}

/// The type that the manual describes so.
pub(super) fn described(text: &str) -> OptionType {
    let mut reader = Reader { rest: text.trim() };
    match reader.alternatives() {
        Some(ty) if reader.rest.is_empty() => ty,
        _ => OptionType::Anything,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

/// Words for types without parts; those that begin others stand behind them.
const WORDS: [(&str, Word); 33] = [
    ("boolean", Word::Bool),
    ("16 bit unsigned integer", Word::Int(0, 65535)),
    ("8 bit unsigned integer", Word::Int(0, 255)),
    ("32 bit unsigned integer", Word::Int(0, 4_294_967_295)),
    ("16 bit signed integer", Word::Int(-32768, 32767)),
    ("8 bit signed integer", Word::Int(-128, 127)),
    ("32 bit signed integer", Word::Int(-2_147_483_648, 2_147_483_647)),
    ("unsigned integer, meaning >=0", Word::Int(0, i64::MAX)),
    ("positive integer, meaning >0", Word::Int(1, i64::MAX)),
    ("signed integer or floating point number", Word::Number),
    ("signed integer", Word::Int(i64::MIN, i64::MAX)),
    ("integer", Word::Int(i64::MIN, i64::MAX)),
    ("floating point number", Word::Float),
    ("non-empty string", Word::Str),
    ("(optionally newline-terminated) single-line string", Word::Str),
    ("single-line string", Word::Str),
    ("strings concatenated with \"\\n\"", Word::Lines),
    ("strings concatenated with", Word::Quoted),
    ("string containing all of the characters", Word::Unknown),
    ("string matching the pattern", Word::Unknown),
    ("strings", Word::Str),
    ("string", Word::Str),
    ("paths", Word::Path),
    ("path in the Nix store", Word::Path),
    ("absolute path", Word::Path),
    ("path", Word::Path),
    ("packages", Word::Package),
    ("package", Word::Package),
    ("submodule", Word::Submodule),
    ("raw value", Word::Anything),
    ("unspecified value", Word::Anything),
    ("unspecified", Word::Anything),
    ("anything", Word::Anything),
];

#[derive(Clone, Copy)]
enum Word {
    Anything,
    Bool,
    Float,
    Int(i64, i64),
    Lines,
    /// Strings joined by what stands in quotes behind it.
    Quoted,
    Number,
    Package,
    Path,
    Str,
    Submodule,
    /// What cannot be told from its text.
    Unknown,
}

impl Reader<'_> {
    fn take(&mut self, words: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(words) else { return false };
        // `path` is no beginning of `pathname`; the plural is the same type.
        let rest = match rest.strip_prefix('s') {
            Some(after)
                if words.ends_with(char::is_alphabetic) && !after.starts_with(char::is_alphanumeric) =>
            {
                after
            }
            _ => rest,
        };
        if words.ends_with(char::is_alphanumeric)
            && rest.starts_with(|it: char| it.is_alphanumeric() || it == '-')
        {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }

    /// `a or b`, which binds weaker than everything else.
    fn alternatives(&mut self) -> Option<OptionType> {
        let left = self.one()?;
        if self.take("convertible to it") {
            return None;
        }
        if self.take("or") {
            let right = self.alternatives()?;
            return Some(OptionType::Either(left.into(), right.into()));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<OptionType> {
        if self.take("(") {
            let inside = self.alternatives()?;
            self.rest = self.rest.strip_prefix(')')?.trim_start();
            return Some(inside);
        }
        if self.take("null or") {
            // What follows is all meant, up to the end or a bracket.
            return Some(OptionType::NullOr(self.alternatives()?.into()));
        }
        for words in ["non-empty list of", "list of"] {
            if self.take(words) {
                return Some(OptionType::ListOf(self.one()?.into()));
            }
        }
        if self.take("list or attribute set of") {
            return Some(OptionType::ListOrAttrsOf(self.one()?.into()));
        }
        for words in ["lazy attribute set of", "attribute set of"] {
            if self.take(words) {
                return Some(OptionType::AttrsOf(self.one()?.into()));
            }
        }
        if self.take("attribute set") {
            return Some(OptionType::Set);
        }
        if self.take("function that evaluates to a(n)") {
            self.one()?;
            return Some(OptionType::Function);
        }
        if self.take("one of") {
            return self.values();
        }
        if self.take("value") {
            return self.single();
        }
        if self.take("integer between") {
            return self.bounds();
        }
        let word = WORDS.iter().find(|(words, _)| self.take(words))?.1;
        self.word(word)
    }

    fn word(&mut self, word: Word) -> Option<OptionType> {
        Some(match word {
            Word::Anything => OptionType::Anything,
            Word::Bool => OptionType::Bool,
            Word::Float => OptionType::Float,
            Word::Int(..) if self.rest.starts_with("; between") => {
                self.rest = self.rest["; between".len()..].trim_start();
                return self.bounds();
            }
            Word::Int(lowest, highest) => {
                let bound = |it: i64, none: i64| (it != none).then_some(it);
                OptionType::Int { lowest: bound(lowest, i64::MIN), highest: bound(highest, i64::MAX) }
            }
            Word::Lines => OptionType::Lines,
            Word::Quoted => {
                self.value()?;
                OptionType::Lines
            }
            Word::Number => {
                let int = OptionType::Int { lowest: None, highest: None };
                OptionType::Either(int.into(), OptionType::Float.into())
            }
            Word::Package => OptionType::Package,
            Word::Path => OptionType::Path,
            Word::Str => OptionType::Str,
            Word::Submodule => OptionType::Submodule(Options { partial: true, ..Options::default() }),
            Word::Unknown => return None,
        })
    }

    /// `0 and 30 (both inclusive)`.
    fn bounds(&mut self) -> Option<OptionType> {
        let lowest = self.number()?;
        if !self.take("and") {
            return None;
        }
        let highest = self.number()?;
        self.take("(both inclusive)")
            .then_some(OptionType::Int { lowest: Some(lowest), highest: Some(highest) })
    }

    fn number(&mut self) -> Option<i64> {
        let end = self.rest.find(|it: char| !it.is_ascii_digit() && it != '-').unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok()?;
        self.rest = self.rest[end..].trim_start();
        Some(number)
    }

    /// `"a", "b"`.
    fn values(&mut self) -> Option<OptionType> {
        let mut values = vec![self.value()?];
        while let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest.trim_start();
            values.push(self.value()?);
        }
        one_of(values)
    }

    /// `"a" (singular enum)`.
    fn single(&mut self) -> Option<OptionType> {
        let value = self.value()?;
        self.take("(singular enum)").then(|| one_of(vec![value])).flatten()
    }

    fn value(&mut self) -> Option<PlainKind> {
        for (word, value) in
            [("null", PlainKind::Null), ("true", PlainKind::Bool(true)), ("false", PlainKind::Bool(false))]
        {
            if self.take(word) {
                return Some(value);
            }
        }
        let Some(text) = self.rest.strip_prefix('"') else { return self.number().map(PlainKind::Int) };
        let end = text.find('"')?;
        // What is escaped is seldom, and then the text is not understood.
        if text[..end].contains('\\') && text[..end] != *"\\n" {
            return None;
        }
        self.rest = text[end + 1..].trim_start();
        Some(PlainKind::String(text[..end].into()))
    }
}

/// The type of one of some values, if all of them are simple.
pub(super) fn one_of(values: Vec<PlainKind>) -> Option<OptionType> {
    let word = |it: &PlainKind| match it {
        PlainKind::String(text) => Some(Arc::clone(text)),
        _ => None,
    };
    let is_simple = |it: &PlainKind| {
        matches!(it, PlainKind::Null | PlainKind::Bool(_) | PlainKind::Int(_) | PlainKind::String(_))
    };
    match values.iter().map(word).collect() {
        _ if values.is_empty() || !values.iter().all(is_simple) => None,
        Some(words) => Some(OptionType::Enum(words)),
        None => Some(OptionType::Values(values)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_manual_are_types() {
        let int = |lowest, highest| OptionType::Int { lowest, highest };
        let list = |it| OptionType::ListOf(Box::new(it));
        let null = |it| OptionType::NullOr(Box::new(it));
        let cases = [
            ("boolean", OptionType::Bool),
            ("signed integer", int(None, None)),
            ("16 bit unsigned integer; between 0 and 65535 (both inclusive)", int(Some(0), Some(65535))),
            ("integer between -5 and 5 (both inclusive)", int(Some(-5), Some(5))),
            ("positive integer, meaning >0", int(Some(1), None)),
            ("list of strings", list(OptionType::Str)),
            ("list of string", list(OptionType::Str)),
            ("strings concatenated with \"\\n\"", OptionType::Lines),
            ("strings concatenated with \",\"", OptionType::Lines),
            ("null or absolute path", null(OptionType::Path)),
            ("null or (one of \"a\", \"b\")", null(OptionType::Enum(vec!["a".into(), "b".into()]))),
            ("null or one of \"a\", \"b\"", null(OptionType::Enum(vec!["a".into(), "b".into()]))),
            (
                "one of 1, 2, null",
                OptionType::Values(vec![PlainKind::Int(1), PlainKind::Int(2), PlainKind::Null]),
            ),
            ("value \"x\" (singular enum)", OptionType::Enum(vec!["x".into()])),
            ("attribute set of list of packages", OptionType::AttrsOf(list(OptionType::Package).into())),
            ("boolean or string", OptionType::Either(OptionType::Bool.into(), OptionType::Str.into())),
            ("attribute set", OptionType::Set),
            ("something new", OptionType::Anything),
            ("string or something new", OptionType::Anything),
            ("string matching the pattern [a-z]+", OptionType::Anything),
            ("submodule or string convertible to it", OptionType::Anything),
        ];
        for (text, ty) in cases {
            assert_eq!(described(text), ty, "{text}");
        }
    }
}
