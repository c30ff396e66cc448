//! The grammar of definitions, and Nix's rules for merging them: `a.b = 1; a.c = 2; a = { d = 3; };` is one set.

use rnix::SyntaxKind::*;

use super::Sym;
use super::errors::SyntaxErrorKind;
use super::ir::*;
use super::parser::Parser;

impl Parser<'_> {
    pub(super) fn new_set(&mut self, recursive: bool) -> u32 {
        let number = index(self.module.sets.len());
        self.module.sets.push(Set { recursive, ..Set::default() });
        number
    }

    /// `{ … }`, the cursor on the brace.
    pub(super) fn braces(&mut self, recursive: bool) -> u32 {
        let opening = self.here();
        self.at += 1;
        let set = self.new_set(recursive);
        self.bindings(set, false);
        self.close(TOKEN_R_BRACE, "}", opening, "attribute set");
        set
    }

    /// Definitions up to a closing brace (or `in`).
    pub(super) fn bindings(&mut self, set: u32, in_let: bool) {
        loop {
            match self.peek() {
                None | Some(TOKEN_R_BRACE | TOKEN_INTERPOL_END) => return,
                Some(TOKEN_IN) if in_let => return,
                Some(TOKEN_INHERIT) => self.inherit(set),
                Some(TOKEN_IDENT | TOKEN_OR | TOKEN_STRING_START | TOKEN_INTERPOL_START) => self.binding(set),
                Some(TOKEN_R_PAREN | TOKEN_R_BRACK) if self.depth > 1 => return,
                Some(TOKEN_IN) => return,
                _ => {
                    self.unexpected(if in_let { "a definition or `in`" } else { "a definition or `}`" });
                    self.skip_to_definition();
                }
            }
        }
    }

    /// Skips to where a definition may begin again: after the next `;`, or before something that closes.
    fn skip_to_definition(&mut self) {
        let mut open = 0_u32;
        let first = self.at;
        while let Some(kind) = self.peek() {
            match kind {
                TOKEN_L_BRACE | TOKEN_L_BRACK | TOKEN_L_PAREN | TOKEN_INTERPOL_START => open += 1,
                TOKEN_R_BRACE | TOKEN_R_BRACK | TOKEN_R_PAREN | TOKEN_INTERPOL_END => {
                    if open == 0 && self.at > first {
                        return;
                    }
                    open = open.saturating_sub(1);
                }
                TOKEN_SEMICOLON if open == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn inherit(&mut self, set: u32) {
        self.at += 1;
        let opening = self.here();
        let from = self.eat(TOKEN_L_PAREN).then(|| {
            let source = self.expression();
            self.close(TOKEN_R_PAREN, ")", opening, "parenthesis");
            let froms = &mut self.module.sets[set as usize].froms;
            froms.push(source);
            index(froms.len() - 1)
        });
        loop {
            let at = self.here();
            let sym = match self.peek() {
                Some(TOKEN_IDENT | TOKEN_OR) => {
                    let sym = self.intern(self.at);
                    self.at += 1;
                    Some(sym)
                }
                Some(TOKEN_STRING_START | TOKEN_INTERPOL_START) => match self.attribute().name {
                    AttrName::Static(sym) => Some(sym),
                    AttrName::Dynamic(_) => {
                        let at = (at.0, self.previous_end());
                        let message = "the names of an `inherit` must be written out".to_owned();
                        self.add(SyntaxErrorKind::DynamicAttribute, at, message);
                        None
                    }
                },
                _ => break,
            };
            let Some(sym) = sym else { continue };
            let at = (at.0, self.previous_end());
            let definition = match from {
                Some(number) => Definition::InheritFrom(number),
                None => Definition::Inherit(self.module.add(Expr::Name(sym), at)),
            };
            self.define(set, Entry { sym, at, definition });
        }
        self.semicolon("`inherit`");
    }

    fn semicolon(&mut self, after: &str) {
        if self.eat(TOKEN_SEMICOLON) {
            return;
        }
        let at = (self.previous_end(), self.previous_end());
        let wrong = !matches!(
            self.peek(),
            None | Some(
                TOKEN_R_BRACE
                    | TOKEN_IDENT
                    | TOKEN_INHERIT
                    | TOKEN_IN
                    | TOKEN_STRING_START
                    | TOKEN_INTERPOL_START
            )
        );
        if wrong {
            self.unexpected("`;`");
            self.skip_to_definition();
        } else if let Some(error) =
            self.report(SyntaxErrorKind::MissingSemicolon, at, format!("missing `;` after {after}"))
        {
            error.help = Some("add `;`".to_owned());
        }
    }

    fn binding(&mut self, set: u32) {
        let path = self.attribute_steps();
        let shown = self.shown(&path);
        if !self.eat(TOKEN_ASSIGN) {
            self.unexpected("`=`");
            // `a: b;` or `a b;`: the definition is lost; nothing said about its value.
            self.skip_to_definition();
            return;
        }
        let (first, nodes, depth, errors) = (self.at, self.module.exprs.len(), self.depth, self.errors.len());
        let mut value = self.expression();
        if self.is(TOKEN_ASSIGN) && self.errors.len() == errors {
            // The next definition was taken for an argument: the `;` before it is missing. The value is read again
            // up to the beginning of that line.
            if let Some(line) = (first + 1..self.at).rev().find(|at| self.begins_line(*at)) {
                let end = std::mem::replace(&mut self.end, line);
                self.at = first;
                self.depth = depth;
                self.module.exprs.truncate(nodes);
                self.module.spans.truncate(nodes);
                value = self.expression();
                self.end = end;
            }
        }
        self.define_path(set, &path, value);
        self.semicolon(&format!("the value of `{shown}`"));
    }

    fn begins_line(&self, at: usize) -> bool {
        let (before, token) = (self.tokens[at - 1].end as usize, self.tokens[at].start as usize);
        self.text.get(before..token).is_some_and(|gap| gap.contains('\n'))
    }

    fn shown(&self, path: &[Step]) -> String {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return String::new() };
        self.text.get(first.at.0 as usize..last.at.1 as usize).unwrap_or_default().to_owned()
    }

    pub(super) fn attribute_path(&mut self) -> Range {
        let steps = self.attribute_steps();
        self.module.add_steps(&steps)
    }

    fn attribute_steps(&mut self) -> Vec<Step> {
        let mut steps = vec![self.attribute()];
        while self.eat(TOKEN_DOT) {
            steps.push(self.attribute());
        }
        steps
    }

    fn attribute(&mut self) -> Step {
        let start = self.start();
        let name = match self.peek() {
            Some(TOKEN_IDENT | TOKEN_OR) => {
                let sym = self.intern(self.at);
                self.at += 1;
                AttrName::Static(sym)
            }
            Some(TOKEN_STRING_START) => {
                let name = self.string();
                self.static_name(name)
            }
            Some(TOKEN_INTERPOL_START) => {
                let name = self.hole();
                self.static_name(name)
            }
            _ => AttrName::Dynamic(self.unexpected("an attribute name")),
        };
        Step { name, at: (start, self.previous_end().max(start)) }
    }

    fn static_name(&self, name: ExprId) -> AttrName {
        match self.module.expr(name) {
            Expr::Str(sym) => AttrName::Static(sym),
            _ => AttrName::Dynamic(name),
        }
    }

    fn define_path(&mut self, set: u32, path: &[Step], value: ExprId) {
        let Some((last, before)) = path.split_last() else { return };
        let mut set = set;
        for step in before {
            set = match step.name {
                AttrName::Static(sym) => match self.entry(set, sym) {
                    None => {
                        let inner = self.new_set(false);
                        let value = self.module.add(Expr::Attrs(inner), step.at);
                        let entry = Entry { sym, at: step.at, definition: Definition::Value(value) };
                        self.define(set, entry);
                        inner
                    }
                    Some(known) => match self.set_of(known.definition) {
                        Some(inner) => inner,
                        None => {
                            self.duplicate(sym, step.at, known.at);
                            return;
                        }
                    },
                },
                AttrName::Dynamic(name) => {
                    let inner = self.new_set(false);
                    let value = self.module.add(Expr::Attrs(inner), step.at);
                    let entry = DynamicEntry { name, at: step.at, value };
                    self.module.sets[set as usize].dynamics.push(entry);
                    inner
                }
            };
        }
        match last.name {
            AttrName::Static(sym) => {
                self.define(set, Entry { sym, at: last.at, definition: Definition::Value(value) });
            }
            AttrName::Dynamic(name) => {
                self.module.sets[set as usize].dynamics.push(DynamicEntry { name, at: last.at, value });
            }
        }
    }

    fn entry(&self, set: u32, sym: Sym) -> Option<Entry> {
        let at = *self.entry_index.get(&(set, sym))?;
        Some(self.module.sets[set as usize].entries[at as usize])
    }

    fn set_of(&self, definition: Definition) -> Option<u32> {
        match definition {
            Definition::Value(value) => match self.module.expr(value) {
                Expr::Attrs(set) => Some(set),
                _ => None,
            },
            _ => None,
        }
    }

    /// Adds a definition; two sets for one name become one.
    fn define(&mut self, set: u32, entry: Entry) {
        let Some(known) = self.entry(set, entry.sym) else {
            let entries = &mut self.module.sets[set as usize].entries;
            self.entry_index.insert((set, entry.sym), index(entries.len()));
            entries.push(entry);
            return;
        };
        let (Some(into), Some(from)) = (self.set_of(known.definition), self.set_of(entry.definition)) else {
            self.duplicate(entry.sym, entry.at, known.at);
            return;
        };
        let moved = std::mem::take(&mut self.module.sets[from as usize]);
        let shift = index(self.module.sets[into as usize].froms.len());
        self.module.sets[into as usize].froms.extend(moved.froms);
        for mut entry in moved.entries {
            if let Definition::InheritFrom(number) = &mut entry.definition {
                *number += shift;
            }
            // What both sets have is merged in turn, as Nix does since 2.26. Before, such a name was a duplicate.
            self.define(into, entry);
        }
        self.module.sets[into as usize].dynamics.extend(moved.dynamics);
    }

    fn duplicate(&mut self, sym: Sym, at: Bytes, first: Bytes) {
        let message = format!("attribute `{}` is defined twice", self.module.symbols.name(sym));
        let first = self.span_of(first);
        if let Some(error) = self.add(SyntaxErrorKind::DuplicateAttribute, at, message) {
            error.opening = Some(first);
        }
    }

    pub(super) fn no_dynamics(&mut self, set: u32) {
        let dynamics = std::mem::take(&mut self.module.sets[set as usize].dynamics);
        for dynamic in dynamics {
            let message = "the names of a `let` must be written out".to_owned();
            self.add(SyntaxErrorKind::DynamicAttribute, dynamic.at, message);
        }
    }
}
