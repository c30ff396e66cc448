//! Random programs that mostly mean something: an expression of a wanted type, with the variables in scope. What is
//! special to texts, lists and sets lies in the files beside; nothing here evaluates.

use std::rc::Rc;

use crate::choices::Choices;

/// The attributes of a set.
pub(crate) type Fields = Vec<(String, Type)>;

/// The type that an expression should have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Int,
    Float,
    Bool,
    Text,
    Path,
    Null,
    List(Rc<Type>),
    Set(Rc<Fields>),
    Function(Rc<Type>, Rc<Type>),
}

/// A part that our evaluator must not know, with the type that fits there.
#[derive(Clone, Debug)]
pub(crate) struct Hole {
    pub(crate) name: String,
    pub(crate) fits: Type,
}

pub(crate) struct Program<'a> {
    pub(crate) choices: &'a mut Choices,
    pub(super) scope: Vec<(String, Type)>,
    /// The attributes of the sets behind `with`.
    withs: Vec<Rc<Fields>>,
    pub(crate) holes: Vec<Hole>,
    /// How many holes there may be.
    pub(crate) most_holes: usize,
    /// Nodes that may still be made.
    left: usize,
}

pub(crate) const VARIABLES: &[&str] = &["a", "b", "x", "y", "f", "a'", "foo-bar", "_v"];
pub(crate) const ATTRIBUTES: &[&str] = &[
    "a", "b", "c", "x", "foo-bar", "a'", "_z", "\"x y\"", "\"if\"", "\"1\"", "or", "\"a.b\"", "name", "value",
];

/// A set of all names that programs have.
pub(crate) fn all_names() -> String {
    let names = ATTRIBUTES.iter().chain(VARIABLES.iter().filter(|name| !ATTRIBUTES.contains(name)));
    format!("{{ {} }}", names.map(|name| format!("{name} = 1; ")).collect::<String>())
}

impl<'a> Program<'a> {
    pub(crate) fn new(choices: &'a mut Choices, most_holes: usize) -> Self {
        Self { choices, scope: Vec::new(), withs: Vec::new(), holes: Vec::new(), most_holes, left: 120 }
    }

    pub(crate) fn any_type(&mut self, depth: usize) -> Type {
        let simple = [Type::Int, Type::Text, Type::Bool, Type::Null, Type::Float, Type::Path];
        match self.choices.below(if depth == 0 { 6 } else { 11 }) {
            6 | 7 => Type::List(Rc::new(self.any_type(depth - 1))),
            8 | 9 => self.set_type(depth),
            10 => Type::Function(Rc::new(self.any_type(depth - 1)), Rc::new(self.any_type(depth - 1))),
            at => simple[at].clone(),
        }
    }

    pub(crate) fn set_type(&mut self, depth: usize) -> Type {
        let mut fields: Vec<(String, Type)> = Vec::new();
        for _ in 0..self.choices.below(4) {
            let name = self.choices.pick(ATTRIBUTES).to_owned();
            let kind = self.any_type(depth.saturating_sub(1));
            if fields.iter().all(|(other, _)| *other != name) {
                fields.push((name, kind));
            }
        }
        Type::Set(Rc::new(fields))
    }

    pub(crate) fn variable(&mut self) -> String {
        self.choices.pick(VARIABLES).to_owned()
    }

    /// Runs with more variables in scope.
    pub(crate) fn with_scope<T>(
        &mut self,
        more: &[(String, Type)],
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.scope.len();
        self.scope.extend(more.iter().cloned());
        let result = inside(self);
        self.scope.truncate(before);
        result
    }

    /// Names that mean something of this type here.
    fn known(&self, kind: &Type) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut shadowed: Vec<&str> = Vec::new();
        for (name, has) in self.scope.iter().rev() {
            if !shadowed.contains(&name.as_str()) && has == kind {
                names.push(name.clone());
            }
            shadowed.push(name);
        }
        for fields in self.withs.iter().rev() {
            for (name, has) in fields.iter() {
                if !name.starts_with('"') && name != "or" && !shadowed.contains(&name.as_str()) && has == kind
                {
                    names.push(name.clone());
                }
                shadowed.push(name);
            }
        }
        names
    }

    /// An expression that can be selected from, applied, or put into a list.
    pub(crate) fn atom(&mut self, kind: &Type, depth: usize) -> String {
        let text = self.expression(kind, depth);
        let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_'-".contains(&byte))
            && !text.starts_with('-');
        if word { text } else { format!("({text})") }
    }

    /// Something of any type.
    pub(crate) fn anything(&mut self, depth: usize) -> String {
        let kind = self.any_type(2);
        self.expression(&kind, depth)
    }

    pub(crate) fn expression(&mut self, kind: &Type, depth: usize) -> String {
        if self.left == 0 || depth == 0 {
            return self.leaf(kind);
        }
        self.left -= 1;
        let depth = depth - 1;
        if self.most_holes > self.holes.len() && self.choices.rarely(7) {
            return self.hole(kind);
        }
        if self.choices.rarely(60) {
            return self.mistake(depth);
        }
        match self.choices.below(4) {
            0 => self.leaf(kind),
            1 => self.general(kind, depth),
            _ => self.special(kind, depth),
        }
    }

    fn hole(&mut self, kind: &Type) -> String {
        if !self.holes.is_empty() && self.choices.rarely(3) {
            let at = self.choices.below(self.holes.len());
            return self.holes[at].name.clone();
        }
        let name = format!("hole{}", self.holes.len());
        self.holes.push(Hole { name: name.clone(), fits: kind.clone() });
        name
    }

    /// What fails, or most probably does.
    fn mistake(&mut self, depth: usize) -> String {
        match self.choices.below(8) {
            0 => "throw \"no\"".to_owned(),
            1 => "abort \"no\"".to_owned(),
            2 => "1 / 0".to_owned(),
            3 => format!("assert false; {}", self.anything(depth)),
            4 => "{ a = 1; }.missing".to_owned(),
            5 => "builtins.head [ ]".to_owned(),
            6 => format!("builtins.toString (x: {})", self.anything(0)),
            _ => self.anything(depth),
        }
    }

    /// A variable or something plain.
    pub(crate) fn leaf(&mut self, kind: &Type) -> String {
        let names = self.known(kind);
        if !names.is_empty() && !self.choices.rarely(4) {
            return names[self.choices.below(names.len())].clone();
        }
        match kind {
            Type::Int => self
                .choices
                .pick(&["0", "1", "2", "3", "-1", "10", "9223372036854775807", "4611686018427387904"])
                .to_owned(),
            Type::Float => self
                .choices
                .pick(&["0.5", "1.0", "-2.25", "1.0e10", "0.1", "3.0e-7", "123456.7", "1234567.8", ".5e1"])
                .to_owned(),
            Type::Bool => self.choices.pick(&["true", "false"]).to_owned(),
            Type::Null => "null".to_owned(),
            Type::Text => self.literal_text(),
            Type::Path => self.choices.pick(&["/a", "/a/b.c", "/a/../b", "./x", "/.", "../y/."]).to_owned(),
            Type::List(of) => match self.choices.below(3) {
                0 => "[ ]".to_owned(),
                1 => format!("[ {} ]", self.atom(of, 0)),
                _ => format!("[ {} {} ]", self.atom(of, 0), self.atom(of, 0)),
            },
            Type::Set(fields) => {
                let fields = fields.clone();
                let parts: Vec<String> = fields
                    .iter()
                    .map(|(name, of)| format!("{name} = {}; ", self.expression(of, 0)))
                    .collect();
                format!("{{ {}}}", parts.concat())
            }
            Type::Function(_, to) => {
                let to = to.clone();
                format!("x: {}", self.with_scope(&[("x".to_owned(), Type::Null)], |this| this.leaf(&to)))
            }
        }
    }

    /// What makes a value of any type.
    fn general(&mut self, kind: &Type, depth: usize) -> String {
        match self.choices.below(19) {
            0 => format!(
                "if {} then {} else {}",
                self.expression(&Type::Bool, depth),
                self.expression(kind, depth),
                self.expression(kind, depth)
            ),
            1 | 2 => self.let_in(kind, depth),
            3 => {
                let of = self.set_type(2);
                let scope = self.expression(&of, depth);
                let Type::Set(fields) = of else { return scope };
                self.withs.push(fields);
                let body = self.expression(kind, depth);
                self.withs.pop();
                format!("with {scope}; {body}")
            }
            4 => {
                let (name, of) = (self.variable(), self.any_type(2));
                let argument = self.atom(&of, depth);
                let body = self.with_scope(&[(name.clone(), of)], |this| this.expression(kind, depth));
                format!("({name}: {body}) {argument}")
            }
            5 => {
                let of = self.set_type(2);
                let function = self.function(&of, kind, depth);
                format!("({function}) {}", self.atom(&of, depth))
            }
            6 | 7 => self.selection(kind, depth),
            8 => format!("assert {}; {}", self.expression(&Type::Bool, depth), self.expression(kind, depth)),
            9 => {
                let function =
                    self.choices.pick(&["builtins.seq", "builtins.deepSeq", "builtins.addErrorContext"]);
                let first = if function.ends_with("Context") {
                    "\"c\"".to_owned()
                } else {
                    format!("({})", self.anything(depth))
                };
                format!("{function} {first} {}", self.atom(kind, depth))
            }
            10 => {
                let default = self.expression(kind, depth);
                let tried = self.expression(kind, depth);
                format!("(let r = builtins.tryEval ({tried}); in if r.success then r.value else {default})")
            }
            11 => {
                let list = self.atom(&Type::List(Rc::new(kind.clone())), depth);
                format!("builtins.{} {list}{}", self.choices.pick(&["head", "elemAt"]), " 0")
                    .replace("head", "(l: n: builtins.elemAt l n)")
                    .replace("builtins.(l", "(l")
            }
            12 => {
                let list = Type::List(Rc::new(self.any_type(1)));
                let Type::List(of) = &list else { unreachable!("it was just made") };
                let (a, x) = (self.variable(), self.variable());
                let scope = [(a.clone(), kind.clone()), (x.clone(), of.as_ref().clone())];
                let body = self.with_scope(&scope, |this| this.expression(kind, depth));
                format!(
                    "builtins.foldl' ({a}: {x}: {body}) {} {}",
                    self.atom(kind, depth),
                    self.atom(&list, depth)
                )
            }
            13 => {
                let (x, of) = (self.variable(), self.any_type(1));
                let body = self.with_scope(&[(x.clone(), of.clone())], |this| this.expression(kind, depth));
                format!("{{ __functor = self: {x}: {body}; }} {}", self.atom(&of, depth))
            }
            14 => format!("builtins.fromJSON (builtins.toJSON {})", self.atom(kind, depth)),
            15 => {
                let of = self.any_type(1);
                format!("({}) {}", self.function(&of, kind, depth), self.atom(&of, depth))
            }
            16 => {
                let of = self.any_type(1);
                let call = format!("({}) ({})", self.function(&of, kind, depth), self.expression(&of, depth));
                format!("(let f = x: y: x y; in f) {call}")
            }
            17 => {
                let condition = self.expression(&Type::Bool, depth);
                let default = self.expression(kind, depth);
                format!(
                    "({{ ${{if {condition} then \"a\" else null}} = {}; }}).a or ({default})",
                    self.expression(kind, depth)
                )
            }
            _ => format!("({})", self.expression(kind, depth)),
        }
    }

    fn let_in(&mut self, kind: &Type, depth: usize) -> String {
        let (bindings, scope) = self.bindings(depth);
        let body = self.with_scope(&scope, |this| this.expression(kind, depth));
        let old = self.choices.rarely(12) && scope.iter().all(|(name, _)| name != "body");
        if old { format!("let {{ {bindings}body = {body}; }}") } else { format!("let {bindings}in {body}") }
    }

    /// Bindings that see each other, and what they bind.
    pub(crate) fn bindings(&mut self, depth: usize) -> (String, Vec<(String, Type)>) {
        let mut scope: Vec<(String, Type)> = Vec::new();
        for _ in 0..=self.choices.below(3) {
            let (name, of) = (self.variable(), self.any_type(2));
            if scope.iter().all(|(other, _)| *other != name) {
                scope.push((name, of));
            }
        }
        let mut text = Vec::new();
        for at in 0..scope.len() {
            let (name, of) = scope[at].clone();
            // A binding that sees itself or a later one may be endless, as Nix would be; mostly it sees earlier ones.
            let all = self.choices.rarely(10);
            let mut seen = if all { scope.clone() } else { scope[..at].to_vec() };
            for (hidden, _) in &scope[at..] {
                if !all {
                    seen.push((hidden.clone(), Type::Function(Rc::new(Type::Null), Rc::new(Type::Null))));
                }
            }
            let value = self.with_scope(&seen, |this| this.expression(&of, depth));
            text.push(format!("{name} = {value}; "));
        }
        if self.choices.rarely(3) {
            text.reverse();
        }
        (text.concat(), scope)
    }

    fn selection(&mut self, kind: &Type, depth: usize) -> String {
        let name = self.choices.pick(ATTRIBUTES).to_owned();
        let mut fields = vec![(name.clone(), kind.clone())];
        if let Type::Set(more) = self.set_type(1) {
            fields.extend(more.iter().filter(|(other, _)| *other != name).cloned());
        }
        let of = Type::Set(Rc::new(fields));
        match self.choices.below(6) {
            0 | 1 => format!("{}.{name}", self.atom(&of, depth)),
            2 => format!("{}.{name} or {}", self.atom(&of, depth), self.atom(kind, depth)),
            3 => {
                let plain = name.trim_matches('"');
                let part = self.expression(&Type::Text, depth.min(1));
                let of = self.atom(&of, depth);
                format!("{of}.${{builtins.substring 0 {} (\"{plain}\" + {part})}}", plain.len())
            }
            4 => {
                let outer = Type::Set(Rc::new(vec![("b".to_owned(), of)]));
                format!("{}.b.{name} or ({})", self.atom(&outer, depth), self.expression(kind, depth))
            }
            _ => format!("builtins.getAttr \"{}\" {}", name.trim_matches('"'), self.atom(&of, depth)),
        }
    }

    fn special(&mut self, kind: &Type, depth: usize) -> String {
        match kind {
            Type::Int => self.int(depth),
            Type::Float => self.float(depth),
            Type::Bool => self.bool(depth),
            Type::Text => self.text(depth),
            Type::Path => self.path(depth),
            Type::Null => self.general(kind, depth),
            Type::List(of) => self.list(&of.clone(), depth),
            Type::Set(fields) => self.set(&fields.clone(), depth),
            Type::Function(from, to) => self.function(&from.clone(), &to.clone(), depth),
        }
    }

    pub(crate) fn function(&mut self, from: &Type, to: &Type, depth: usize) -> String {
        let Type::Set(fields) = from else {
            let name = self.variable();
            let body = self.with_scope(&[(name.clone(), from.clone())], |this| this.expression(to, depth));
            return match self.choices.below(5) {
                0 => format!("{{ __functor = self: {name}: {body}; }}"),
                _ => format!("{name}: {body}"),
            };
        };
        let mut scope: Vec<(String, Type)> = Vec::new();
        let mut formals: Vec<String> = Vec::new();
        let mut all = true;
        for (name, of) in fields.iter() {
            if name.starts_with('"') || name == "or" || self.choices.rarely(4) {
                all = false;
                continue;
            }
            let default = self.choices.rarely(3).then(|| self.expression(of, depth.min(1)));
            formals.push(default.map_or(name.clone(), |value| format!("{name} ? {value}")));
            scope.push((name.clone(), of.clone()));
        }
        if self.choices.rarely(2) {
            let (name, of) = ("d".to_owned(), self.any_type(1));
            let value = self.with_scope(&scope.clone(), |this| this.expression(&of, depth));
            formals.push(format!("{name} ? {value}"));
            scope.push((name, of));
        }
        if !all || self.choices.rarely(3) {
            formals.push("...".to_owned());
        }
        let pattern = format!("{{ {} }}", formals.join(", "));
        let pattern = match self.choices.below(4) {
            0 => {
                scope.push(("args".to_owned(), from.clone()));
                format!("{pattern}@args")
            }
            1 => {
                scope.push(("args".to_owned(), from.clone()));
                format!("args@{pattern}")
            }
            _ => pattern,
        };
        let body = self.with_scope(&scope, |this| this.expression(to, depth));
        format!("{pattern}: {body}")
    }
}
