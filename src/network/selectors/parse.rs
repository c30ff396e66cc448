//! Text to [`Expression`]: a hand-written descent over words and brackets.

use std::ops::Range;

use super::{Expression, Pattern, SelectorError};

/// Nobody nests brackets this deep; a machine-made selector that does must not overflow the stack.
const DEEPEST: usize = 200;

pub(super) fn parse(text: &str) -> Result<Expression, SelectorError> {
    let mut parser = Parser { text, tokens: tokens(text), next: 0, depth: 0 };
    let expression = parser.alternatives()?;
    match parser.tokens.get(parser.next) {
        None => Ok(expression),
        Some((Token::Close, at)) => Err(parser.error(at.clone(), "there is no bracket that this one closes")),
        Some((_, at)) => {
            let word = &text[at.clone()];
            Err(parser.error(at.clone(), format!("`and`, `or` or a comma is missing before `{word}`")))
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Word,
}

fn tokens(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut word: Option<usize> = None;
    for (at, it) in text.char_indices().chain([(text.len(), ' ')]) {
        let single = match it {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if single.is_some() || it.is_whitespace() {
            if let Some(start) = word.take() {
                tokens.push((Token::Word, start..at));
            }
            if let Some(token) = single {
                tokens.push((token, at..at + 1));
            }
        } else if word.is_none() {
            word = Some(at);
        }
    }
    tokens
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    /// `X or Y`, `X, Y`.
    fn alternatives(&mut self) -> Result<Expression, SelectorError> {
        let mut left = self.conjunction()?;
        while self.eat_word("or") || self.eat(Token::Comma) {
            let right = self.conjunction()?;
            left = Expression::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    /// `X and Y`.
    fn conjunction(&mut self) -> Result<Expression, SelectorError> {
        let mut left = self.atom()?;
        while self.eat_word("and") {
            let right = self.atom()?;
            left = Expression::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expression, SelectorError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(0..self.text.len(), "the selector is nested too deeply"));
        }
        let atom = self.atom_inside();
        self.depth -= 1;
        atom
    }

    fn atom_inside(&mut self) -> Result<Expression, SelectorError> {
        if self.eat_word("not") {
            return Ok(Expression::Not(Box::new(self.atom()?)));
        }
        let Some((token, at)) = self.tokens.get(self.next).cloned() else {
            return Err(self.expected(self.text.len()..self.text.len()));
        };
        match token {
            Token::Open => self.bracketed(),
            Token::Close | Token::Comma => Err(self.expected(at)),
            Token::Word if matches!(&self.text[at.clone()], "and" | "or") => Err(self.expected(at)),
            Token::Word => {
                self.next += 1;
                let word = self.text[at.clone()].to_owned();
                if matches!(self.tokens.get(self.next), Some((Token::Open, _))) {
                    return self.function(&word, at);
                }
                Ok(match word.strip_prefix('@') {
                    Some(tag) => Expression::Tag(Pattern { text: tag.to_owned(), at }),
                    None => Expression::Name(Pattern { text: word, at }),
                })
            }
        }
    }

    fn function(&mut self, word: &str, at: Range<usize>) -> Result<Expression, SelectorError> {
        let make = match word {
            "needs" => Expression::Needs,
            "needed-by" => Expression::NeededBy,
            _ => {
                let mut error = self.error(at, format!("there is no function `{word}`"));
                error.help = crate::network::did_you_mean(word, ["needs", "needed-by"]);
                return Err(error);
            }
        };
        Ok(make(Box::new(self.bracketed()?)))
    }

    fn bracketed(&mut self) -> Result<Expression, SelectorError> {
        let open = self.tokens[self.next].1.clone();
        self.next += 1;
        let inside = self.alternatives()?;
        if self.eat(Token::Close) {
            Ok(inside)
        } else if let Some((Token::Word, at)) = self.tokens.get(self.next) {
            let message = format!("`and`, `or` or a comma is missing before `{}`", &self.text[at.clone()]);
            Err(self.error(at.clone(), message))
        } else {
            Err(self.error(open, "the bracket is not closed"))
        }
    }

    fn eat(&mut self, token: Token) -> bool {
        let is = matches!(self.tokens.get(self.next), Some((it, _)) if *it == token);
        self.next += usize::from(is);
        is
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is =
            matches!(self.tokens.get(self.next), Some((Token::Word, at)) if &self.text[at.clone()] == word);
        self.next += usize::from(is);
        is
    }

    fn expected(&self, at: Range<usize>) -> SelectorError {
        let mut error = self.error(at, "a machine is expected");
        error.help = Some("write a name, a glob such as `web-*`, or a tag such as `@web`".to_owned());
        error
    }

    fn error(&self, at: Range<usize>, message: impl Into<String>) -> SelectorError {
        SelectorError { selector: self.text.to_owned(), at, message: message.into(), help: None }
    }
}
