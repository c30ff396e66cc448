//! From tokens to an [`Outline`]: one pass with a stack of what is open, which goes on after every mistake.

use super::{Binding, Container, Kind, Open, Outline, Phase, Scope, Step, offset};
use crate::syntax::{Token, TokenKind, tokens};

struct Reader<'t> {
    text: &'t str,
    out: Outline,
    /// The token that is looked at.
    at: usize,
}

pub(super) fn read(text: &str) -> Outline {
    let tokens = tokens(text);
    let at = (0, offset(text.len()));
    let file = Container { kind: Kind::File, at, parent: 0, binding: None, call: None };
    let open = vec![opened(0, Phase::Value)];
    let out = Outline { tokens, containers: vec![file], bindings: Vec::new(), open };
    let mut reader = Reader { text, out, at: 0 };
    while reader.at < reader.out.tokens.len() {
        let token = reader.out.tokens[reader.at];
        if token.kind != TokenKind::Comment {
            reader.token(token);
        }
        reader.at += 1;
    }
    reader.finish();
    reader.out
}

fn opened(container: usize, phase: Phase) -> Open {
    Open {
        container,
        phase,
        path: Vec::new(),
        after_dot: false,
        binding: None,
        pending: Vec::new(),
        scopes: Vec::new(),
        head: Vec::new(),
    }
}

impl Reader<'_> {
    fn top(&mut self) -> &mut Open {
        self.out.open.last_mut().expect("the file itself is never closed")
    }

    fn kind(&self, open: &Open) -> Kind {
        self.out.containers[open.container].kind
    }

    fn top_kind(&self) -> Kind {
        self.out.open.last().map_or(Kind::File, |it| self.kind(it))
    }

    /// The next token of code, some tokens ahead.
    fn ahead(&self, ahead: usize) -> Option<&str> {
        let rest = self.out.tokens[self.at + 1..].iter();
        let mut code = rest.filter(|it| it.kind != TokenKind::Comment);
        code.nth(ahead).map(|it| it.text(self.text))
    }

    fn before(&self) -> &str {
        let before = self.out.tokens[..self.at].iter().rev();
        before
            .filter(|it| it.kind != TokenKind::Comment)
            .map(|it| it.text(self.text))
            .next()
            .unwrap_or_default()
    }

    fn token(&mut self, token: Token) {
        let text = token.text(self.text);
        match (token.kind, text) {
            (TokenKind::StringStart, _) => self.open(Kind::Text, token),
            (TokenKind::HoleStart, _) => self.open(Kind::Hole, token),
            (TokenKind::StringEnd, _) => self.close(token, |it| it == Kind::Text),
            (TokenKind::HoleEnd, _) => self.close(token, |it| it == Kind::Hole),
            (TokenKind::Symbol, "{") => {
                let recursive = matches!(self.before(), "rec" | "let");
                let kind = if self.at_pattern() { Kind::Pattern } else { Kind::Set { recursive } };
                self.open(kind, token);
            }
            (TokenKind::Symbol, "[") => self.open(Kind::List, token),
            (TokenKind::Symbol, "(") => self.open(Kind::Parenthesis, token),
            (TokenKind::Symbol, "}") => {
                self.close(token, |it| matches!(it, Kind::Set { .. } | Kind::Pattern));
            }
            (TokenKind::Symbol, "]") => self.close(token, |it| it == Kind::List),
            (TokenKind::Symbol, ")") => self.close(token, |it| it == Kind::Parenthesis),
            (TokenKind::Keyword, "let") if self.ahead(0) != Some("{") => self.open(Kind::Let, token),
            (TokenKind::Keyword, "in") => {
                if self.top_kind() == Kind::Let {
                    let container = self.top().container;
                    self.close(token, |it| it == Kind::Let);
                    let top = self.top();
                    top.scopes.push(Scope::Names(container));
                    top.head.clear();
                }
            }
            _ if self.top_kind() == Kind::Text => {}
            _ if self.top_kind() == Kind::Pattern => self.in_pattern(token, text),
            _ => match self.top().phase {
                Phase::Name => self.in_names(token, text),
                Phase::Inherit => self.in_inherit(token, text),
                Phase::Value => self.in_value(token, text),
            },
        }
    }

    /// Whether the `{` here begins the arguments of a function.
    fn at_pattern(&self) -> bool {
        if self.before() == "@" {
            return true;
        }
        match (self.ahead(0), self.ahead(1)) {
            (Some("}"), Some(":" | "@")) | (Some("..."), _) => true,
            (Some(_), Some("," | "?")) => true,
            (Some(_), Some("}")) => matches!(self.ahead(2), Some(":" | "@")),
            _ => false,
        }
    }

    fn open(&mut self, kind: Kind, token: Token) {
        let number = self.out.containers.len();
        let in_list = self.top_kind() == Kind::List;
        let end = offset(self.text.len());
        let top = self.top();
        let call = match (top.phase, in_list) {
            (Phase::Value, false) => top.head.first().map(|it| it.as_ref().and_then(|it| it.last()).cloned()),
            _ => None,
        };
        // A function that has no name is none that is known.
        let call = call.map(|it| it.unwrap_or_default());
        let container = Container {
            kind,
            at: (token.start, end),
            parent: top.container,
            binding: top.binding.filter(|_| top.phase == Phase::Value),
            call: call.filter(|_| !matches!(kind, Kind::Let | Kind::Pattern | Kind::Hole)),
        };
        self.out.containers.push(container);
        let phase = if matches!(kind, Kind::Set { .. } | Kind::Let) { Phase::Name } else { Phase::Value };
        self.out.open.push(opened(number, phase));
    }

    fn close(&mut self, token: Token, fits: impl Fn(Kind) -> bool) {
        // Brackets inside of a string or `${…}` close nothing outside of it.
        let inner = |it: Kind| matches!(it, Kind::Text | Kind::Hole) && token.kind == TokenKind::Symbol;
        let stack = &self.out.open;
        let Some(at) = stack.iter().rposition(|it| fits(self.kind(it)) || inner(self.kind(it))) else {
            return;
        };
        if at == 0 || !fits(self.kind(&stack[at])) {
            return;
        }
        while self.out.open.len() > at {
            self.end_of_value(token.start);
            let Some(closed) = self.out.open.pop() else { return };
            let end = if self.out.open.len() == at { token.end } else { token.start };
            self.out.containers[closed.container].at.1 = end;
            if self.out.open.len() == at {
                self.closed(closed.container, token.end);
            }
        }
    }

    /// What a closed container is to what stands around it.
    fn closed(&mut self, container: usize, end: u32) {
        let Container { kind, at, .. } = self.out.containers[container];
        let name = match kind {
            Kind::Text => {
                let inside = self.text.get(at.0 as usize + 1..(end as usize).saturating_sub(1));
                inside.filter(|it| !it.contains(['$', '\\', '"', '\''])).map(str::to_owned)
            }
            _ => None,
        };
        let pattern_of_function = kind == Kind::Pattern;
        let top = self.top();
        match top.phase {
            Phase::Name | Phase::Inherit if matches!(kind, Kind::Text | Kind::Hole) => {
                self.step(Step { name, at: (at.0, end) });
            }
            Phase::Value if pattern_of_function => {
                top.scopes.push(Scope::Names(container));
                top.head.clear();
            }
            Phase::Value if kind != Kind::Let => top.head.push(None),
            _ => {}
        }
    }

    fn step(&mut self, step: Step) {
        let top = self.top();
        if top.phase == Phase::Inherit {
            let binding = Binding {
                container: top.container,
                end: step.at.1,
                path: vec![step],
                value: None,
                inherited: true,
            };
            self.out.bindings.push(binding);
            return;
        }
        if !top.after_dot && !top.path.is_empty() {
            self.without_value();
        }
        let top = self.top();
        top.path.push(step);
        top.after_dot = false;
    }

    /// A definition that ends before it has a value.
    fn without_value(&mut self) {
        let top = self.top();
        let path = std::mem::take(&mut top.path);
        let container = top.container;
        top.after_dot = false;
        if let Some(end) = path.last().map(|it| it.at.1) {
            self.out.bindings.push(Binding { container, path, value: None, end, inherited: false });
        }
    }

    fn in_names(&mut self, token: Token, text: &str) {
        match (token.kind, text) {
            (TokenKind::Keyword, "inherit") => {
                self.without_value();
                self.top().phase = Phase::Inherit;
            }
            (TokenKind::Name | TokenKind::Keyword, _) => {
                self.step(Step { name: Some(text.to_owned()), at: (token.start, token.end) });
            }
            (_, ".") => self.top().after_dot = true,
            (_, "=") => self.begin_value(token.end),
            _ => self.without_value(),
        }
    }

    fn begin_value(&mut self, value: u32) {
        let number = self.out.bindings.len();
        let end = offset(self.text.len());
        let top = self.top();
        let path = std::mem::take(&mut top.path);
        let binding = Binding { container: top.container, path, value: Some(value), end, inherited: false };
        top.phase = Phase::Value;
        top.binding = Some(number);
        top.after_dot = false;
        top.head.clear();
        self.out.bindings.push(binding);
    }

    fn end_of_value(&mut self, end: u32) {
        if !self.top().path.is_empty() {
            self.without_value();
        }
        let top = self.top();
        let binding = top.binding.take();
        top.scopes.clear();
        top.pending.clear();
        top.head.clear();
        top.path.clear();
        if let Some(binding) = binding {
            self.out.bindings[binding].end = end;
        }
    }

    fn in_inherit(&mut self, token: Token, text: &str) {
        match (token.kind, text) {
            (_, ";") => self.top().phase = Phase::Name,
            (TokenKind::Name, _) => {
                self.step(Step { name: Some(text.to_owned()), at: (token.start, token.end) });
            }
            _ => {}
        }
    }

    fn in_pattern(&mut self, token: Token, text: &str) {
        let before = self.before();
        // Names behind a `?` belong to a default.
        if token.kind == TokenKind::Name && matches!(before, "{" | ",") {
            let container = self.top().container;
            let path = vec![Step { name: Some(text.to_owned()), at: (token.start, token.end) }];
            self.out.bindings.push(Binding {
                container,
                path,
                value: None,
                end: token.end,
                inherited: false,
            });
        }
    }

    fn in_value(&mut self, token: Token, text: &str) {
        match (token.kind, text) {
            (TokenKind::Name, _) => {
                if matches!(self.ahead(0), Some(":" | "@")) || self.before() == "@" {
                    let top = self.top();
                    top.scopes.push(Scope::Argument(text.to_owned()));
                    top.head.clear();
                    return;
                }
                let top = self.top();
                match (std::mem::take(&mut top.after_dot), top.head.last_mut()) {
                    (true, Some(Some(path))) => path.push(text.to_owned()),
                    (true, Some(None)) => {}
                    _ => top.head.push(Some(vec![text.to_owned()])),
                }
            }
            (_, ".") => self.top().after_dot = true,
            (_, ";") => match self.top().pending.pop() {
                Some(with) => {
                    let scope = with.map(|first| self.with_scope(first));
                    let top = self.top();
                    top.scopes.extend(scope);
                    top.head.clear();
                }
                None if self.top().binding.is_some() => {
                    self.end_of_value(token.end);
                    self.top().phase = Phase::Name;
                }
                None => {}
            },
            (TokenKind::Keyword, "with") => {
                let first = self.at + 1;
                let top = self.top();
                top.pending.push(Some(first));
                top.head.clear();
            }
            (TokenKind::Keyword, "assert") => {
                let top = self.top();
                top.pending.push(None);
                top.head.clear();
            }
            (_, "=") if matches!(self.top_kind(), Kind::Set { .. } | Kind::Let) => {
                self.missing_semicolon(token);
            }
            (TokenKind::Keyword, "rec" | "or") => {}
            (TokenKind::Keyword | TokenKind::Symbol, _) => self.top().head.clear(),
            _ => self.top().head.push(None),
        }
    }

    /// `a = 1` and `b = 2;` in the next line.
    fn missing_semicolon(&mut self, token: Token) {
        let line = self.text[..token.start as usize].rfind('\n').map_or(0, |it| offset(it + 1));
        let before = self.out.tokens[..self.at].iter().rev();
        let before = before
            .take_while(|it| it.start >= line && (it.kind == TokenKind::Name || it.text(self.text) == "."));
        let mut path: Vec<Step> = before
            .filter(|it| it.kind == TokenKind::Name)
            .map(|it| Step { name: Some(it.text(self.text).to_owned()), at: (it.start, it.end) })
            .collect();
        path.reverse();
        if let Some(first) = path.first() {
            self.end_of_value(first.at.0);
            let top = self.top();
            top.phase = Phase::Name;
            top.path = path;
            self.begin_value(token.end);
        }
    }

    fn with_scope(&self, first: usize) -> Scope {
        let tokens = self.out.tokens[first..self.at].iter();
        let names = tokens.filter(|it| it.kind == TokenKind::Name).map(|it| it.text(self.text).to_owned());
        Scope::With(names.collect())
    }

    fn finish(&mut self) {
        let end = offset(self.text.len());
        for number in 0..self.out.open.len() {
            if let Some(binding) = self.out.open[number].binding {
                self.out.bindings[binding].end = end;
            }
        }
    }
}
