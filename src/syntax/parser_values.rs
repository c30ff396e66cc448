//! The grammar of what stands between operators: literals, strings, paths, lists, parentheses, functions.

use rnix::SyntaxKind::*;

use super::errors::SyntaxErrorKind;
use super::ir::*;
use super::oddities::{Oddity, OddityKind};
use super::parser::Parser;
use super::strings::{Piece, strip_indentation, unescape};

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> ExprId {
        let at = self.here();
        let start = at.0;
        match self.peek() {
            Some(TOKEN_IDENT) => {
                let expr = if self.token_text(self.at) == "__curPos" {
                    Expr::CurrentPosition
                } else {
                    Expr::Name(self.intern(self.at))
                };
                self.at += 1;
                self.module.add(expr, at)
            }
            Some(TOKEN_INTEGER) => {
                let parsed = self.token_text(self.at).parse::<i64>();
                if parsed.is_err() {
                    let text = self.token_text(self.at).to_owned();
                    self.add(
                        SyntaxErrorKind::Number,
                        at,
                        format!("the integer {text} does not fit into 64 bits"),
                    );
                }
                self.at += 1;
                self.module.add(parsed.map_or(Expr::Damaged, Expr::Int), at)
            }
            Some(TOKEN_FLOAT) => {
                let parsed = self.token_text(self.at).parse::<f64>().ok().filter(|float| float.is_finite());
                if parsed.is_none() {
                    let text = self.token_text(self.at).to_owned();
                    self.add(SyntaxErrorKind::Number, at, format!("`{text}` is no number that Nix can hold"));
                }
                self.at += 1;
                self.module.add(parsed.map_or(Expr::Damaged, Expr::Float), at)
            }
            Some(TOKEN_URI) => {
                let sym = self.intern(self.at);
                self.at += 1;
                self.oddities.push(Oddity::new(OddityKind::BareUrl, at));
                self.module.add(Expr::Str(sym), at)
            }
            Some(TOKEN_STRING_START) => self.string(),
            Some(TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME) => self.path(),
            Some(TOKEN_PATH_SEARCH) => {
                let text = self.token_text(self.at);
                let inner = text.trim_start_matches('<').trim_end_matches('>').to_owned();
                let sym = self.module.symbols.intern(&inner);
                self.at += 1;
                self.module.add(Expr::SearchPath(sym), at)
            }
            Some(TOKEN_L_PAREN) => {
                self.at += 1;
                let inside = self.expression();
                self.close(TOKEN_R_PAREN, ")", at, "parenthesis");
                inside
            }
            Some(TOKEN_L_BRACK) => self.list(),
            Some(TOKEN_L_BRACE) => {
                let set = self.braces(false);
                self.module.add(Expr::Attrs(set), (start, self.previous_end()))
            }
            Some(TOKEN_REC) if self.peek_at(1) == Some(TOKEN_L_BRACE) => {
                self.at += 1;
                let set = self.braces(true);
                self.module.add(Expr::Attrs(set), (start, self.previous_end()))
            }
            Some(TOKEN_REC) => {
                self.at += 1;
                self.unexpected("`{` after `rec`")
            }
            Some(TOKEN_LET) if self.peek_at(1) == Some(TOKEN_L_BRACE) => {
                self.at += 1;
                self.oddities.push(Oddity::new(OddityKind::OldLet, at));
                let set = self.braces(true);
                self.no_dynamics(set);
                let base = self.module.add(Expr::Attrs(set), (start, self.previous_end()));
                let body = AttrName::Static(self.module.symbols.intern("body"));
                let path = self.module.add_steps(&[Step { name: body, at }]);
                self.module.add(Expr::Select { base, path, default: None }, (start, self.previous_end()))
            }
            _ => self.unexpected("an expression"),
        }
    }

    fn list(&mut self) -> ExprId {
        let opening = self.here();
        self.at += 1;
        let mut items = Vec::new();
        loop {
            if self.at_operand() {
                let depth = self.depth;
                self.depth += 1;
                items.push(if depth >= 9_000 { self.expression() } else { self.element() });
                self.depth -= 1;
            } else if matches!(
                self.peek(),
                None | Some(
                    TOKEN_R_BRACK | TOKEN_R_BRACE | TOKEN_R_PAREN | TOKEN_SEMICOLON | TOKEN_ASSIGN | TOKEN_IN
                )
            ) {
                break;
            } else {
                // A comma, an operator: one finding, and the rest of the list is read.
                let comma = self.is(TOKEN_COMMA);
                self.unexpected("a list element or `]`");
                if let Some(error) = self.errors.last_mut().filter(|error| comma && error.help.is_none()) {
                    error.help = Some("the elements of a list are separated by spaces".to_owned());
                }
                self.at += 1;
            }
        }
        self.close(TOKEN_R_BRACK, "]", opening, "list");
        let range = self.module.add_children(&items);
        self.module.add(Expr::List(range), (opening.0, self.previous_end()))
    }

    fn element(&mut self) -> ExprId {
        stacker::maybe_grow(super::RED_ZONE, super::STACK, || self.select())
    }

    /// `"…"` or `''…''`.
    pub(super) fn string(&mut self) -> ExprId {
        let opening = self.here();
        let indented = self.token_text(self.at) == "''";
        self.at += 1;
        let mut pieces: Vec<Piece<ExprId>> = Vec::new();
        let closed = loop {
            match self.peek() {
                Some(TOKEN_STRING_CONTENT) => {
                    let raw = self.token_text(self.at);
                    let text = if indented { raw.to_owned() } else { unescape(raw) };
                    self.at += 1;
                    pieces.push(Piece::Text(text));
                }
                Some(TOKEN_INTERPOL_START) => pieces.push(Piece::Hole(self.hole())),
                Some(TOKEN_STRING_END) => {
                    self.at += 1;
                    break true;
                }
                _ => break false,
            }
        };
        let nul = |piece: &Piece<ExprId>| matches!(piece, Piece::Text(text) if text.contains('\0'));
        if closed && pieces.iter().any(nul) {
            let at = (opening.0, self.previous_end());
            self.add(SyntaxErrorKind::Character, at, "a string cannot hold a NUL character".to_owned());
        }
        if !closed {
            let at = opening;
            if let Some(error) =
                self.report(SyntaxErrorKind::Unclosed, at, "this string is never closed".to_owned())
            {
                error.help = Some(format!("add `{}`", if indented { "''" } else { "\"" }));
            }
            if self.is(TOKEN_ERROR) {
                self.at += 1;
            }
            return self.module.add(Expr::Damaged, (opening.0, self.previous_end()));
        }
        let pieces = if indented { strip_indentation(pieces) } else { pieces };
        let at = (opening.0, self.previous_end());
        match pieces.as_slice() {
            [] => {
                let sym = self.module.symbols.intern("");
                self.module.add(Expr::Str(sym), at)
            }
            [Piece::Text(text)] => {
                let sym = self.module.symbols.intern(text);
                self.module.add(Expr::Str(sym), at)
            }
            _ => self.interpolation(pieces, at, Interpolated::String),
        }
    }

    /// `${ … }`.
    pub(super) fn hole(&mut self) -> ExprId {
        let opening = self.here();
        self.at += 1;
        let inside = self.expression();
        self.close(TOKEN_INTERPOL_END, "}", opening, "interpolation");
        inside
    }

    fn interpolation(&mut self, pieces: Vec<Piece<ExprId>>, at: Bytes, makes: Interpolated) -> ExprId {
        let mut parts = Vec::with_capacity(pieces.len());
        for (number, piece) in pieces.into_iter().enumerate() {
            parts.push(match piece {
                Piece::Hole(hole) => hole,
                Piece::Text(text) => {
                    let sym = self.module.symbols.intern(&text);
                    let first_of_path = number == 0 && makes == Interpolated::Path;
                    let expr = match (first_of_path, text.strip_prefix('~')) {
                        (false, _) => Expr::Str(sym),
                        (true, None) => Expr::Path(sym),
                        (true, Some(rest)) => Expr::HomePath(self.module.symbols.intern(rest)),
                    };
                    self.module.add(expr, at)
                }
            });
        }
        let parts = self.module.add_children(&parts);
        self.module.add(Expr::Interpolation { parts, makes }, at)
    }

    fn path(&mut self) -> ExprId {
        let (start, mut end) = self.here();
        let mut pieces = vec![Piece::Text(self.token_text(self.at).to_owned())];
        self.at += 1;
        // An interpolated path is written without gaps.
        while self.here().0 == end {
            match self.peek() {
                Some(TOKEN_INTERPOL_START) => pieces.push(Piece::Hole(self.hole())),
                Some(TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME) if pieces.len() > 1 => {
                    pieces.push(Piece::Text(self.token_text(self.at).to_owned()));
                    self.at += 1;
                }
                _ => break,
            }
            end = self.previous_end();
        }
        if pieces.len() > 1 {
            return self.interpolation(pieces, (start, end), Interpolated::Path);
        }
        let Some(Piece::Text(text)) = pieces.pop() else { return self.unexpected("a path") };
        let expr = match text.strip_prefix('~') {
            Some(rest) => Expr::HomePath(self.module.symbols.intern(rest)),
            None => Expr::Path(self.module.symbols.intern(&text)),
        };
        self.module.add(expr, (start, end))
    }

    /// Whether the `{` here begins the pattern of a function.
    pub(super) fn at_pattern(&self) -> bool {
        match self.peek_at(1) {
            Some(TOKEN_ELLIPSIS) => true,
            Some(TOKEN_R_BRACE) => matches!(self.peek_at(2), Some(TOKEN_COLON | TOKEN_AT)),
            Some(TOKEN_IDENT | TOKEN_OR) => match self.peek_at(2) {
                Some(TOKEN_COMMA | TOKEN_QUESTION) => true,
                Some(TOKEN_R_BRACE) => matches!(self.peek_at(3), Some(TOKEN_COLON | TOKEN_AT)),
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn lambda(&mut self) -> ExprId {
        let start = self.start();
        let mut whole = None;
        let mut formals = None;
        let mut ellipsis = false;
        if self.is(TOKEN_IDENT) {
            whole = Some((self.intern(self.at), self.here()));
            self.at += 1;
            if self.eat(TOKEN_AT) {
                if self.is(TOKEN_L_BRACE) {
                    formals = Some(self.pattern(&mut ellipsis));
                } else {
                    self.unexpected("the `{` of a pattern");
                }
            }
        } else {
            formals = Some(self.pattern(&mut ellipsis));
            if self.eat(TOKEN_AT) {
                if self.is(TOKEN_IDENT) {
                    whole = Some((self.intern(self.at), self.here()));
                    self.at += 1;
                } else {
                    self.unexpected("a name for the whole argument");
                }
            }
        }
        let at = (start, self.previous_end());
        if let (Some((sym, name_at)), Some(formals)) = (whole, formals) {
            let same =
                self.module.formals[formals.indices()].iter().find(|formal| formal.sym == sym).copied();
            if let Some(same) = same {
                self.duplicate_argument(sym, name_at, same.at);
            }
        }
        if !self.eat(TOKEN_COLON) {
            self.unexpected("`:` after the argument of the function");
        }
        let body = self.expression();
        let number = index(self.module.lambdas.len());
        let whole = whole.map(|(sym, _)| sym);
        self.module.lambdas.push(Lambda { whole, formals, ellipsis, body, at });
        self.module.add(Expr::Lambda(number), (start, self.previous_end()))
    }

    fn duplicate_argument(&mut self, sym: super::Sym, at: Bytes, first: Bytes) {
        let message = format!("the argument `{}` is named twice", self.module.symbols.name(sym));
        let first = self.span_of(first);
        if let Some(error) = self.add(SyntaxErrorKind::DuplicateArgument, at, message) {
            error.opening = Some(first);
        }
    }

    fn pattern(&mut self, ellipsis: &mut bool) -> Range {
        let opening = self.here();
        self.at += 1;
        let mut formals: Vec<Formal> = Vec::new();
        let mut seen = rustc_hash::FxHashMap::default();
        loop {
            if self.eat(TOKEN_ELLIPSIS) {
                *ellipsis = true;
                break;
            }
            if !self.is(TOKEN_IDENT) {
                break;
            }
            let (sym, at) = (self.intern(self.at), self.here());
            self.at += 1;
            let default = self.eat(TOKEN_QUESTION).then(|| ExprIdPlusOne::new(self.expression()));
            if let Some(first) = seen.insert(sym, at) {
                self.duplicate_argument(sym, at, first);
            } else {
                formals.push(Formal { sym, at, default });
            }
            if !self.eat(TOKEN_COMMA) {
                if self.is(TOKEN_IDENT) {
                    // `{ a b }:`, a forgotten comma.
                    self.unexpected("`,` between the arguments");
                    continue;
                }
                break;
            }
        }
        self.close(TOKEN_R_BRACE, "}", opening, "argument pattern");
        let range = Range { start: index(self.module.formals.len()), len: index(formals.len()) };
        self.module.formals.extend(formals);
        range
    }
}
