//! What can be wrong with a text before it is evaluated. Plain data; `checks` turns it into findings.

use crate::text::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Something other than what must come here.
    Unexpected,
    /// The `;` after a binding is missing.
    MissingSemicolon,
    /// A bracket, string or comment that is never closed.
    Unclosed,
    /// A closing bracket that was never opened.
    Unopened,
    /// Nested deeper than Nix itself reads.
    TooDeep,
    /// Too large to be read in bounded time.
    TooLarge,
    DuplicateAttribute,
    DuplicateArgument,
    /// `${…} =` in a `let`, or in `inherit`.
    DynamicAttribute,
    /// An integer that does not fit 64 bits, or a malformed number.
    Number,
    /// A path that ends in a slash or has two in a row.
    Path,
    UndefinedVariable,
    /// `|>` or `<|`, which Nix reads only with an experimental feature.
    PipeOperator,
    /// A character that means nothing in Nix.
    Character,
}

impl SyntaxErrorKind {
    /// Whether something is not written to its end, as while it is typed.
    pub fn is_unfinished(self) -> bool {
        use SyntaxErrorKind as Kind;
        // A `$` may become an interpolation.
        let half_a_word =
            matches!(self, Kind::MissingSemicolon | Kind::Number | Kind::Path | Kind::Character);
        self.is_of_grammar() || half_a_word
    }

    /// Whether a mistake makes what follows doubtful; of the others each stands for itself.
    pub fn is_of_grammar(self) -> bool {
        use SyntaxErrorKind as Kind;
        matches!(self, Kind::Unexpected | Kind::Unclosed | Kind::Unopened | Kind::TooDeep)
    }
}

/// One mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: SyntaxErrorKind,
    pub span: Span,
    /// One sentence, no full stop.
    pub message: String,
    /// What would have been right here, as few words.
    pub expected: Option<String>,
    /// Where the unclosed bracket was opened, or the name was first given.
    pub opening: Option<Span>,
    pub help: Option<String>,
}

impl SyntaxError {
    /// Whether this mistake makes a later place of its file doubtful.
    pub fn casts_doubt_on(&self, place: Span) -> bool {
        self.kind.is_of_grammar() && self.span.file == place.file && self.span.start < place.start
    }
}
