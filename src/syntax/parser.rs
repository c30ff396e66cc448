//! The expression grammar: tokens → nodes, by precedence climbing, with recovery near the fault.
//!
//! Never fails and never recurses without a bound: nesting is counted, and the stack grows while it does. Names are
//! left unresolved; `scope` does that.

use rnix::SyntaxKind::{self, *};

use super::errors::{SyntaxError, SyntaxErrorKind};
use super::ir::*;
use super::lexer::Token;
use super::oddities::Oddity;
use super::symbols::Sym;
use crate::text::{FileId, Span};

/// Nix's own parser gives up at about 3,300 levels of brackets, and never gets past its stack of 10,000.
const DEEPEST: u32 = 10_000;

/// Findings per file; a text with more faults is not Nix.
pub(super) const MOST_ERRORS: usize = 50;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) file: FileId,
    pub(super) tokens: &'a [Token],
    /// Where the tokens end for now; see `binding` for why this is not always all of them.
    pub(super) end: usize,
    pub(super) at: usize,
    pub(super) depth: u32,
    pub(super) module: Module,
    pub(super) errors: Vec<SyntaxError>,
    /// The token at which the last error was reported.
    pub(super) blamed: Option<usize>,
    /// Sets that are still open for merging have an index from names to entries.
    pub(super) entry_index: rustc_hash::FxHashMap<(u32, Sym), u32>,
    /// Where pipe operators were met.
    pub(super) pipes: Vec<Bytes>,
    pub(super) oddities: Vec<Oddity>,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<SyntaxKind> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<SyntaxKind> {
        let at = self.at + ahead;
        if at < self.end { Some(self.tokens[at].kind) } else { None }
    }

    pub(super) fn is(&self, kind: SyntaxKind) -> bool {
        self.peek() == Some(kind)
    }

    pub(super) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.is(kind);
        if found {
            self.at += 1;
        }
        found
    }

    /// Start of the current token, or the end of the text.
    pub(super) fn start(&self) -> u32 {
        self.tokens.get(self.at).map_or(index(self.text.len()), |token| token.start)
    }

    /// End of the token before.
    pub(super) fn previous_end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.end)
    }

    pub(super) fn here(&self) -> Bytes {
        match self.tokens.get(self.at) {
            Some(token) if self.at < self.end => (token.start, token.end),
            _ => (self.previous_end(), self.previous_end()),
        }
    }

    pub(super) fn token_text(&self, at: usize) -> &str {
        self.tokens
            .get(at)
            .and_then(|token| self.text.get(token.start as usize..token.end as usize))
            .unwrap_or_default()
    }

    pub(super) fn span_of(&self, at: Bytes) -> Span {
        Span::new(self.file, at.0, at.1)
    }

    pub(super) fn intern(&mut self, at: usize) -> Sym {
        let text = self
            .tokens
            .get(at)
            .and_then(|token| self.text.get(token.start as usize..token.end as usize))
            .unwrap_or_default();
        self.module.symbols.intern(text)
    }

    /// Reports a mistake of grammar, unless it only follows from the one before: at the same token, or within the
    /// same line.
    pub(super) fn report(
        &mut self,
        kind: SyntaxErrorKind,
        at: Bytes,
        message: String,
    ) -> Option<&mut SyntaxError> {
        if let Some(blamed) = self.blamed {
            let before = self.tokens.get(blamed).map_or(self.text.len(), |token| token.start as usize);
            let between = self.text.get(before..at.0 as usize).unwrap_or_default();
            if self.at <= blamed + 1 || !between.contains('\n') {
                self.blamed = Some(blamed.max(self.at));
                return None;
            }
        }
        self.blamed = Some(self.at);
        self.add(kind, at, message)
    }

    /// Adds a mistake that is no consequence of others.
    pub(super) fn add(
        &mut self,
        kind: SyntaxErrorKind,
        at: Bytes,
        message: String,
    ) -> Option<&mut SyntaxError> {
        if self.errors.len() >= MOST_ERRORS {
            return None;
        }
        let span = self.span_of(at);
        self.errors.push(SyntaxError { kind, span, message, expected: None, opening: None, help: None });
        self.errors.last_mut()
    }

    /// Reports that something else should come here; gives a node that stands for it.
    pub(super) fn unexpected(&mut self, wanted: &str) -> ExprId {
        let at = self.here();
        let found = self.peek().map_or_else(|| "the end of the file".to_owned(), |kind| self.named(kind));
        let (kind, message) = match self.peek() {
            Some(TOKEN_ERROR) => self.lexical(at),
            _ => (SyntaxErrorKind::Unexpected, format!("expected {wanted}, found {found}")),
        };
        if let Some(error) = self.report(kind, at, message) {
            error.expected = Some(wanted.to_owned());
        }
        self.module.add(Expr::Damaged, at)
    }

    /// What a token that is none means.
    fn lexical(&self, at: Bytes) -> (SyntaxErrorKind, String) {
        let text = self.token_text(self.at);
        if text.starts_with("/*") {
            (SyntaxErrorKind::Unclosed, "this comment is never closed".to_owned())
        } else if text.ends_with('/') && text.len() > 1 {
            (SyntaxErrorKind::Path, "a path must not end in a slash".to_owned())
        } else if text.contains("//") {
            (SyntaxErrorKind::Path, "a path must not have two slashes in a row".to_owned())
        } else if at.1 as usize == self.text.len() && self.at + 1 >= self.tokens.len() && text.len() > 1 {
            (SyntaxErrorKind::Unclosed, "this string is never closed".to_owned())
        } else {
            let shown = text.chars().next().map(String::from).unwrap_or_default();
            (SyntaxErrorKind::Character, format!("`{shown}` means nothing here"))
        }
    }

    fn named(&self, kind: SyntaxKind) -> String {
        match kind {
            TOKEN_STRING_START => "a string".to_owned(),
            TOKEN_IDENT => format!("`{}`", self.token_text(self.at)),
            _ => format!("`{}`", self.token_text(self.at).chars().take(24).collect::<String>()),
        }
    }

    /// A closing bracket; its opening one is shown where it is missing.
    pub(super) fn close(&mut self, kind: SyntaxKind, shown: &str, opening: Bytes, what: &str) -> bool {
        if self.eat(kind) {
            return true;
        }
        let opening = self.span_of(opening);
        let at = self.here();
        let (error, message) = if self.peek().is_none() {
            (SyntaxErrorKind::Unclosed, format!("this {what} is never closed"))
        } else {
            let found = self.peek().map(|kind| self.named(kind)).unwrap_or_default();
            (SyntaxErrorKind::Unexpected, format!("expected `{shown}` or more of the {what}, found {found}"))
        };
        let at = if error == SyntaxErrorKind::Unclosed { (opening.start, opening.end) } else { at };
        if let Some(error) = self.report(error, at, message) {
            error.expected = Some(format!("`{shown}`"));
            error.opening = Some(opening);
            error.help = Some(format!("add `{shown}`"));
        }
        false
    }

    /// Everything that can stand alone: functions, `let`, `with`, `assert`, `if`, and operators.
    pub(super) fn expression(&mut self) -> ExprId {
        if self.depth >= DEEPEST {
            let at = self.here();
            self.add(SyntaxErrorKind::TooDeep, at, "this is nested deeper than Nix can read".to_owned());
            self.at = self.end;
            // Whatever is missing behind it is missing because nothing was read there.
            self.blamed = Some(usize::MAX - 1);
            return self.module.add(Expr::Damaged, at);
        }
        self.depth += 1;
        let id = stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.expression_inside());
        self.depth -= 1;
        id
    }

    fn expression_inside(&mut self) -> ExprId {
        let start = self.start();
        match self.peek() {
            Some(TOKEN_IDENT) if matches!(self.peek_at(1), Some(TOKEN_COLON | TOKEN_AT)) => self.lambda(),
            Some(TOKEN_L_BRACE) if self.at_pattern() => self.lambda(),
            Some(TOKEN_LET) if self.peek_at(1) != Some(TOKEN_L_BRACE) => self.let_in(),
            Some(TOKEN_WITH) => {
                self.at += 1;
                let scope = self.expression();
                self.separator("the set of a `with`");
                let body = self.expression();
                self.module.add(Expr::With { scope, body }, (start, self.previous_end()))
            }
            Some(TOKEN_ASSERT) => {
                self.at += 1;
                let condition = self.expression();
                self.separator("the condition of an `assert`");
                let body = self.expression();
                self.module.add(Expr::Assert { condition, body }, (start, self.previous_end()))
            }
            Some(TOKEN_IF) => self.if_else(),
            _ => self.pipes(),
        }
    }

    fn separator(&mut self, after: &str) {
        if !self.eat(TOKEN_SEMICOLON) {
            let at = (self.previous_end(), self.previous_end());
            if let Some(error) =
                self.report(SyntaxErrorKind::MissingSemicolon, at, format!("missing `;` after {after}"))
            {
                error.help = Some("add `;`".to_owned());
            }
        }
    }

    fn if_else(&mut self) -> ExprId {
        let start = self.start();
        self.at += 1;
        let condition = self.expression();
        let opening = (start, start + 2);
        let arm = |parser: &mut Self, kind, word: &str| {
            if parser.eat(kind) {
                return parser.expression();
            }
            let damaged = parser.unexpected(&format!("`{word}`"));
            let opening = parser.span_of(opening);
            if let Some(error) = parser.errors.last_mut() {
                error.opening.get_or_insert(opening);
            }
            damaged
        };
        let then = arm(self, TOKEN_THEN, "then");
        let otherwise = arm(self, TOKEN_ELSE, "else");
        self.module.add(Expr::If { condition, then, otherwise }, (start, self.previous_end()))
    }

    fn let_in(&mut self) -> ExprId {
        let start = self.start();
        self.at += 1;
        let set = self.new_set(true);
        self.bindings(set, true);
        self.no_dynamics(set);
        if !self.eat(TOKEN_IN) {
            self.unexpected("a definition or `in`");
            let opening = self.span_of((start, start + 3));
            if let Some(error) = self.errors.last_mut() {
                error.opening.get_or_insert(opening);
            }
            if self.peek().is_none() || matches!(self.peek(), Some(TOKEN_R_BRACE | TOKEN_SEMICOLON)) {
                let body = self.module.add(Expr::Damaged, self.here());
                return self.module.add(Expr::Let { set, body }, (start, self.previous_end()));
            }
        }
        let body = self.expression();
        self.module.add(Expr::Let { set, body }, (start, self.previous_end()))
    }

    /// `a |> f` and `f <| a`: the loosest operators, experimental in Nix.
    fn pipes(&mut self) -> ExprId {
        let start = self.start();
        let mut left = self.operators(0);
        while self.is(TOKEN_PIPE_RIGHT) {
            self.pipes.push(self.here());
            self.at += 1;
            let function = self.operators(0);
            left = self.module.add(Expr::Pipe { function, argument: left }, (start, self.previous_end()));
        }
        if self.is(TOKEN_PIPE_LEFT) {
            self.pipes.push(self.here());
            self.at += 1;
            let argument = self.pipe_right_operand();
            left = self.module.add(Expr::Pipe { function: left, argument }, (start, self.previous_end()));
        }
        left
    }

    fn pipe_right_operand(&mut self) -> ExprId {
        self.depth += 1;
        let id = if self.depth >= DEEPEST {
            self.unexpected("less nesting")
        } else {
            stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.pipes())
        };
        self.depth -= 1;
        id
    }

    /// Operators that bind at least as tightly as `least`.
    fn operators(&mut self, least: u8) -> ExprId {
        if self.depth >= DEEPEST {
            return self.expression();
        }
        self.depth += 1;
        let id = stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.operators_inside(least));
        self.depth -= 1;
        id
    }

    fn operators_inside(&mut self, least: u8) -> ExprId {
        let start = self.start();
        let mut left = match self.peek() {
            Some(TOKEN_INVERT) => {
                self.at += 1;
                let operand = self.operators(8);
                self.module.add(Expr::Not(operand), (start, self.previous_end()))
            }
            Some(TOKEN_SUB) => {
                self.at += 1;
                let operand = self.operators(13);
                self.module.add(Expr::Negate(operand), (start, self.previous_end()))
            }
            _ => self.application(),
        };
        let mut previous = u8::MAX;
        while let Some((op, binding, side)) = self.peek().and_then(operator) {
            if binding < least {
                break;
            }
            if side == Side::Neither && binding == previous {
                let at = self.here();
                let message = format!("`{}` cannot be chained", self.token_text(self.at));
                if let Some(error) = self.report(SyntaxErrorKind::Unexpected, at, message) {
                    error.help = Some("put parentheses around one of the two".to_owned());
                }
            }
            self.at += 1;
            let Some(op) = op else {
                let path = self.attribute_path();
                let expr = Expr::HasAttribute { base: left, path };
                left = self.module.add(expr, (start, self.previous_end()));
                previous = binding;
                continue;
            };
            let right = self.operators(if side == Side::Right { binding } else { binding + 1 });
            left = self.module.add(Expr::Binary { op, left, right }, (start, self.previous_end()));
            previous = binding;
        }
        left
    }

    /// Whether an argument or a list element begins here; reading it then always moves on.
    pub(super) fn at_operand(&self) -> bool {
        match self.peek() {
            // Only the old `let { … }` may stand there.
            Some(TOKEN_LET) => self.peek_at(1) == Some(TOKEN_L_BRACE),
            Some(kind) => begins_operand(kind),
            None => false,
        }
    }

    fn application(&mut self) -> ExprId {
        let start = self.start();
        let function = self.select();
        if !self.at_operand() {
            return function;
        }
        let mut arguments = Vec::new();
        while self.at_operand() {
            arguments.push(self.select());
        }
        let arguments = self.module.add_children(&arguments);
        self.module.add(Expr::Apply { function, arguments }, (start, self.previous_end()))
    }

    /// `a.b.c or d`, or a simple expression.
    pub(super) fn select(&mut self) -> ExprId {
        let start = self.start();
        let base = self.simple();
        if self.eat(TOKEN_DOT) {
            let path = self.attribute_path();
            let default = self.is(TOKEN_OR).then(|| {
                self.at += 1;
                ExprIdPlusOne::new(self.default_operand())
            });
            return self.module.add(Expr::Select { base, path, default }, (start, self.previous_end()));
        }
        if self.is(TOKEN_OR) {
            // Before `or` was a keyword it was a name; `f or` still calls `f` with it.
            let at = self.here();
            let sym = self.intern(self.at);
            self.at += 1;
            let or = self.module.add(Expr::Name(sym), at);
            let arguments = self.module.add_children(&[or]);
            return self.module.add(Expr::Apply { function: base, arguments }, (start, self.previous_end()));
        }
        base
    }

    fn default_operand(&mut self) -> ExprId {
        self.depth += 1;
        let id = if self.depth >= DEEPEST {
            self.expression()
        } else {
            stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.select())
        };
        self.depth -= 1;
        id
    }
}

/// Whether a token begins an argument or a list element.
fn begins_operand(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        TOKEN_IDENT
            | TOKEN_INTEGER
            | TOKEN_FLOAT
            | TOKEN_STRING_START
            | TOKEN_PATH_ABS
            | TOKEN_PATH_REL
            | TOKEN_PATH_HOME
            | TOKEN_PATH_SEARCH
            | TOKEN_URI
            | TOKEN_L_PAREN
            | TOKEN_L_BRACE
            | TOKEN_L_BRACK
            | TOKEN_REC
    )
}

/// Which of two equal operators side by side binds first.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
    /// Nix refuses to choose.
    Neither,
}

/// The operator (`None` is `?`), how tightly it binds, and its side.
fn operator(kind: SyntaxKind) -> Option<(Option<BinaryOp>, u8, Side)> {
    Some(match kind {
        TOKEN_IMPLICATION => (Some(BinaryOp::Implies), 2, Side::Right),
        TOKEN_OR_OR => (Some(BinaryOp::Or), 3, Side::Left),
        TOKEN_AND_AND => (Some(BinaryOp::And), 4, Side::Left),
        TOKEN_EQUAL => (Some(BinaryOp::Equal), 5, Side::Neither),
        TOKEN_NOT_EQUAL => (Some(BinaryOp::NotEqual), 5, Side::Neither),
        TOKEN_LESS => (Some(BinaryOp::Less), 6, Side::Neither),
        TOKEN_LESS_OR_EQ => (Some(BinaryOp::LessEqual), 6, Side::Neither),
        TOKEN_MORE => (Some(BinaryOp::Greater), 6, Side::Neither),
        TOKEN_MORE_OR_EQ => (Some(BinaryOp::GreaterEqual), 6, Side::Neither),
        TOKEN_UPDATE => (Some(BinaryOp::Update), 7, Side::Right),
        TOKEN_ADD => (Some(BinaryOp::Add), 9, Side::Left),
        TOKEN_SUB => (Some(BinaryOp::Subtract), 9, Side::Left),
        TOKEN_MUL => (Some(BinaryOp::Multiply), 10, Side::Left),
        TOKEN_DIV => (Some(BinaryOp::Divide), 10, Side::Left),
        TOKEN_CONCAT => (Some(BinaryOp::Concat), 11, Side::Right),
        TOKEN_QUESTION => (None, 12, Side::Neither),
        _ => return None,
    })
}
