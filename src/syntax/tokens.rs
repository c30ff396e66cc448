//! The tokens of a text for whoever asks about a place in it: editors need them where the grammar has nothing to say, in
//! half-typed code. White space is left out, comments are kept. Never fails.

use rnix::SyntaxKind::*;

use super::lexer;

/// What a token is, as far as somebody looks at it from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Name,
    Keyword,
    Number,
    /// A path, or a part of one beside an interpolation.
    Path,
    /// `<…>`.
    SearchPath,
    Uri,
    StringStart,
    StringText,
    StringEnd,
    /// `${`.
    HoleStart,
    /// The `}` that ends an interpolation.
    HoleEnd,
    /// Brackets, operators, separators.
    Symbol,
    Comment,
    /// What is no token of Nix, or is not complete.
    Strange,
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    /// What is written there, in the text that it is of.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// All tokens in order; none of a text that no Nix file could be.
pub fn tokens(text: &str) -> Vec<Token> {
    if lexer::refusal(text).is_some() {
        return Vec::new();
    }
    let lexed = lexer::lex(text);
    let mut comments = lexed.comments.iter().peekable();
    let mut tokens = Vec::with_capacity(lexed.tokens.len() + lexed.comments.len());
    let comment = |at: &(u32, u32)| Token { kind: TokenKind::Comment, start: at.0, end: at.1 };
    for token in &lexed.tokens {
        while let Some(at) = comments.next_if(|at| at.0 < token.start) {
            tokens.push(comment(at));
        }
        let kind = match token.kind {
            TOKEN_IDENT => TokenKind::Name,
            TOKEN_LET | TOKEN_IN | TOKEN_WITH | TOKEN_ASSERT | TOKEN_IF | TOKEN_THEN | TOKEN_ELSE
            | TOKEN_REC | TOKEN_INHERIT | TOKEN_OR => TokenKind::Keyword,
            TOKEN_INTEGER | TOKEN_FLOAT => TokenKind::Number,
            TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME => TokenKind::Path,
            TOKEN_PATH_SEARCH => TokenKind::SearchPath,
            TOKEN_URI => TokenKind::Uri,
            TOKEN_STRING_START => TokenKind::StringStart,
            TOKEN_STRING_CONTENT => TokenKind::StringText,
            TOKEN_STRING_END => TokenKind::StringEnd,
            TOKEN_INTERPOL_START => TokenKind::HoleStart,
            TOKEN_INTERPOL_END => TokenKind::HoleEnd,
            TOKEN_ERROR => TokenKind::Strange,
            _ => TokenKind::Symbol,
        };
        tokens.push(Token { kind, start: token.start, end: token.end });
    }
    tokens.extend(comments.map(comment));
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_in_order_with_their_comments() {
        let text = "{ # a\n x.y = \"b${c}\" + ./d; /* e */ }";
        let kinds: Vec<_> = tokens(text).iter().map(|it| (it.kind, it.text(text))).collect();
        use TokenKind::*;
        let expected = [
            (Symbol, "{"),
            (Comment, "# a"),
            (Name, "x"),
            (Symbol, "."),
            (Name, "y"),
            (Symbol, "="),
            (StringStart, "\""),
            (StringText, "b"),
            (HoleStart, "${"),
            (Name, "c"),
            (HoleEnd, "}"),
            (StringEnd, "\""),
            (Symbol, "+"),
            (Path, "./d"),
            (Symbol, ";"),
            (Comment, "/* e */"),
            (Symbol, "}"),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(tokens("[ \"d").last().map(|it| it.kind), Some(Strange));
    }
}
