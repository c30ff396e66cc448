//! Random numbers, Booleans, texts and paths; a part of `program`.

use std::rc::Rc;

use crate::program::{ATTRIBUTES, Program, Type};

impl Program<'_> {
    pub(crate) fn int(&mut self, depth: usize) -> String {
        match self.choices.below(14) {
            0 => self.soup(&Type::Int, &["+", "-", "*", "/"], depth),
            1 => format!("-{}", self.atom(&Type::Int, depth)),
            2 => {
                let of = Type::List(Rc::new(self.any_type(1)));
                format!("builtins.length {}", self.atom(&of, depth))
            }
            3 => format!("builtins.stringLength {}", self.atom(&Type::Text, depth)),
            4 => {
                let function = self.choices.pick(&["add", "sub", "mul", "div", "bitAnd", "bitOr", "bitXor"]);
                format!(
                    "builtins.{function} {} {}",
                    self.atom(&Type::Int, depth),
                    self.atom(&Type::Int, depth)
                )
            }
            // Versions of Nix differ for floats that no integer can hold.
            5 => format!(
                "(f: x: if x < 1.0e15 && x > -1.0e15 then f x else 0) builtins.{} {}",
                self.choices.pick(&["ceil", "floor"]),
                self.atom(&Type::Float, depth)
            ),
            6 => {
                let version = |this: &mut Self| {
                    if this.choices.rarely(3) {
                        return this.atom(&Type::Text, depth);
                    }
                    this.choices
                        .pick(&[
                            "\"1.2\"",
                            "\"1.2pre\"",
                            "\"1.2a\"",
                            "\"1\"",
                            "\"1.10\"",
                            "\"\"",
                            "\"1-2.x\"",
                            "\"1..2\"",
                        ])
                        .to_owned()
                };
                format!("builtins.compareVersions {} {}", version(self), version(self))
            }
            7 => {
                let text = self.choices.pick(&[
                    "\"12\"",
                    "\"-3\"",
                    "\" 4 \"",
                    "\"[1]\"",
                    "\"1e2\"",
                    "\"01\"",
                    "\"99999999999999999999\"",
                ]);
                format!("builtins.fromJSON {text}")
            }
            8 => {
                let list = self.atom(&Type::List(Rc::new(Type::Int)), depth);
                format!(
                    "builtins.foldl' {} 0 {list}",
                    self.choices.pick(&["builtins.add", "(a: b: b - a)", "(a: b: a * 2 + b)", "(a: b: b)"])
                )
            }
            9 => {
                let of = self.set_type(1);
                format!("builtins.length (builtins.attrNames {})", self.atom(&of, depth))
            }
            10 => {
                let condition = self.expression(&Type::Bool, depth);
                format!(
                    "(let n = x: if x <= 0 then 0 else x + n (x - 1); in n) (if {condition} then 5 else {})",
                    self.choices.below(9)
                )
            }
            _ => self.soup(&Type::Int, &["+", "-", "*"], depth),
        }
    }

    pub(crate) fn float(&mut self, depth: usize) -> String {
        let other = if self.choices.rarely(2) { Type::Int } else { Type::Float };
        match self.choices.below(6) {
            0 => format!(
                "{} {} {}",
                self.atom(&Type::Float, depth),
                self.choices.pick(&["+", "-", "*", "/"]),
                self.atom(&other, depth)
            ),
            1 => format!(
                "{} {} {}",
                self.atom(&other, depth),
                self.choices.pick(&["+", "-", "*", "/"]),
                self.atom(&Type::Float, depth)
            ),
            2 => format!("-{}", self.atom(&Type::Float, depth)),
            3 => format!(
                "builtins.fromJSON \"{}\"",
                self.choices.pick(&["1.5", "-0.0", "1e3", "1E-2", "1.0", "123456789.123"])
            ),
            4 => format!(
                "builtins.{} {} {}",
                self.choices.pick(&["add", "sub", "mul", "div"]),
                self.atom(&Type::Float, depth),
                self.atom(&other, depth)
            ),
            _ => self.soup(&Type::Float, &["+", "-", "*"], depth),
        }
    }

    /// Operators without parentheses: precedence decides.
    fn soup(&mut self, kind: &Type, operators: &[&str], depth: usize) -> String {
        let mut text = self.atom(kind, depth);
        for _ in 0..=self.choices.below(3) {
            let operator = self.choices.pick(operators).to_owned();
            let minus = if self.choices.rarely(6)
                && !matches!(kind, Type::Text | Type::Bool | Type::List(_) | Type::Set(_))
            {
                "-"
            } else {
                ""
            };
            text = format!("{text} {operator} {minus}{}", self.atom(kind, depth));
        }
        text
    }

    pub(crate) fn bool(&mut self, depth: usize) -> String {
        match self.choices.below(17) {
            0 | 1 => self.soup(&Type::Bool, &["&&", "||"], depth),
            2 => format!("!{}", self.atom(&Type::Bool, depth)),
            3 => format!("{} -> {}", self.atom(&Type::Bool, depth), self.atom(&Type::Bool, depth)),
            4..=6 => {
                let kind = self.any_type(2);
                let operator = self.choices.pick(&["==", "!="]);
                let left = self.atom(&kind, depth);
                let kind = if self.choices.rarely(8) { self.any_type(1) } else { kind };
                format!("{left} {operator} {}", self.atom(&kind, depth))
            }
            7 | 8 => {
                let kinds = [
                    Type::Int,
                    Type::Text,
                    Type::Float,
                    Type::Path,
                    Type::List(Rc::new(Type::Int)),
                    Type::List(Rc::new(Type::Text)),
                ];
                let kind = kinds[self.choices.below(kinds.len())].clone();
                let other =
                    if kind == Type::Int && self.choices.rarely(3) { Type::Float } else { kind.clone() };
                let operator = self.choices.pick(&["<", "<=", ">", ">="]);
                format!("{} {operator} {}", self.atom(&kind, depth), self.atom(&other, depth))
            }
            9 => {
                let of = self.set_type(2);
                let path = match self.choices.below(3) {
                    0 => format!("{}.{}", self.choices.pick(ATTRIBUTES), self.choices.pick(ATTRIBUTES)),
                    1 => format!("${{{}}}", self.expression(&Type::Text, depth.min(1))),
                    _ => self.choices.pick(ATTRIBUTES).to_owned(),
                };
                format!("{} ? {path}", self.atom(&of, depth))
            }
            10 => {
                let kind = self.any_type(1);
                format!(
                    "builtins.elem {} {}",
                    self.atom(&kind, depth),
                    self.atom(&Type::List(Rc::new(kind.clone())), depth)
                )
            }
            11 => {
                let function = self.choices.pick(&[
                    "isInt",
                    "isFloat",
                    "isString",
                    "isBool",
                    "isPath",
                    "isNull",
                    "isList",
                    "isAttrs",
                    "isFunction",
                ]);
                format!("builtins.{function} ({})", self.anything(depth))
            }
            12 => {
                let kind = self.any_type(1);
                let function = self.function(&kind, &Type::Bool, depth);
                format!(
                    "builtins.{} ({function}) {}",
                    self.choices.pick(&["any", "all"]),
                    self.atom(&Type::List(Rc::new(kind)), depth)
                )
            }
            13 => {
                let of = self.set_type(1);
                format!("builtins.hasAttr {} {}", self.atom(&Type::Text, depth.min(1)), self.atom(&of, depth))
            }
            14 => format!("(builtins.tryEval ({})).success", self.anything(depth)),
            15 => format!(
                "(let f = x: x; g = f; s = {{ inherit f; }}; in {})",
                self.choices.pick(&[
                    "f == f",
                    "s == { inherit f; }",
                    "[ f ] == [ g ]",
                    "s == s",
                    "(x: x) == (x: x)"
                ])
            ),
            _ => {
                format!("builtins.lessThan {} {}", self.atom(&Type::Int, depth), self.atom(&Type::Int, depth))
            }
        }
    }

    pub(crate) fn literal_text(&mut self) -> String {
        self.choices
            .pick(&[
                "\"\"",
                "\"a\"",
                "\"b\"",
                "\"abc\"",
                "\"1.2.3\"",
                "\"a/b\"",
                "\"x y\"",
                "\"\\n\\t\\\"\"",
                "\"$a \\${b} $${c}\"",
                "''a''",
                "\"\u{e9}\u{20ac}\"",
                "''\n  one\n    two ''${x} '''q''' ''\\t\n''",
                "\"foo-bar\"",
                "\"name\"",
                "''  x''",
                "\"a\nb\"",
                "http://x.y/z",
                "\"pkg-1.0pre\"",
                "''\n\n   a\n  b\n\n  ''",
            ])
            .to_owned()
    }

    /// A text that can be put into another one.
    fn part(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => format!("{{ __toString = self: {}; }}", self.expression(&Type::Text, depth)),
            1 => format!("{{ outPath = {}; }}", self.expression(&Type::Text, depth)),
            _ => self.expression(&Type::Text, depth),
        }
    }

    pub(crate) fn text(&mut self, depth: usize) -> String {
        let texts = Type::List(Rc::new(Type::Text));
        match self.choices.below(25) {
            0 | 1 => format!("\"a${{{}}}b\\n${{{}}}\"", self.part(depth), self.part(depth)),
            2 => format!("''\n    x ${{{}}}\n   ${{{}}} y\n  ''", self.part(depth), self.part(depth)),
            3 | 4 => self.soup(&Type::Text, &["+"], depth),
            5 => format!(
                "builtins.concatStringsSep {} {}",
                self.atom(&Type::Text, depth),
                self.atom(&texts, depth)
            ),
            6 => format!(
                "builtins.substring {} {} {}",
                self.choices.below(4),
                self.choices.pick(&["0", "1", "2", "(-1)", "100"]),
                self.atom(&Type::Text, depth)
            ),
            7 | 8 => {
                let pairs = self.choices.pick(&[
                    "[ \"a\" \"b\" ] [ \"b\" \"a\" ]",
                    "[ \"\" ] [ \"-\" ]",
                    "[ \"a\" \"ab\" ] [ \"1\" \"2\" ]",
                    "[ \"ab\" \"a\" ] [ \"1\" \"2\" ]",
                    "[ \"a\" \"\" ] [ \"x\" \".\" ]",
                    "[ ] [ ]",
                    "[ \"a\" ] [ ]",
                    "[ \"x\" \"x\" ] [ (throw \"unused\") \"z\" ]",
                    "[ \"\\n\" ] [ \" \" ]",
                ]);
                if self.choices.rarely(3) {
                    let (from, to) = (self.atom(&Type::Text, depth), self.atom(&Type::Text, depth));
                    return format!(
                        "builtins.replaceStrings [ {from} ] [ {to} ] {}",
                        self.atom(&Type::Text, depth)
                    );
                }
                format!("builtins.replaceStrings {pairs} {}", self.atom(&Type::Text, depth))
            }
            9 | 10 => {
                let kinds = [
                    Type::Int,
                    Type::Float,
                    Type::Bool,
                    Type::Null,
                    Type::Text,
                    Type::Path,
                    texts,
                    Type::List(Rc::new(Type::Int)),
                ];
                let kind = kinds[self.choices.below(kinds.len())].clone();
                format!(
                    "{} {}",
                    self.choices.pick(&["toString", "builtins.toString"]),
                    self.atom(&kind, depth)
                )
            }
            11 | 12 => format!("builtins.toJSON ({})", self.anything(depth)),
            13 => format!("builtins.toXML ({})", self.anything(depth)),
            14 => format!("builtins.typeOf ({})", self.anything(depth)),
            15 => {
                let function = self.choices.pick(&["md5", "sha1", "sha256", "sha512"]);
                format!("builtins.hashString \"{function}\" {}", self.atom(&Type::Text, depth))
            }
            16 => {
                let kind = if self.choices.rarely(4) { Type::Path } else { Type::Text };
                let of = self.atom(&kind, depth);
                if kind == Type::Text {
                    format!("{} {of}", self.choices.pick(&["baseNameOf", "dirOf"]))
                } else {
                    format!("baseNameOf {of}")
                }
            }
            17 | 18 => {
                let pattern = self.choices.pick(&[
                    "(.).*",
                    "([a-z]*)(.*)",
                    "(a|ab)(c|bcd)?(.*)",
                    "[[:alpha:]]+",
                    "()",
                    "(x+x+)+y",
                    "a{1,2}",
                    "(a)?b?c?",
                    "[^]a]*",
                    "(.*)(\\n)?(.*)",
                ]);
                format!(
                    "builtins.concatStringsSep \"|\" (map builtins.toJSON (let m = builtins.match \"{}\" {}; in if m == null then [ \"none\" ] else m))",
                    pattern.replace('\\', "\\\\"),
                    self.atom(&Type::Text, depth)
                )
            }
            19 => {
                let pattern = self.choices.pick(&[
                    "a",
                    "(a)",
                    "[.]",
                    "(b)|c",
                    "([a-z]+)",
                    "[[:space:]]+",
                    "x*",
                    "^a",
                    "b$",
                ]);
                format!("builtins.toJSON (builtins.split \"{pattern}\" {})", self.atom(&Type::Text, depth))
            }
            20 => format!(
                "builtins.elemAt (builtins.attrNames {{ a = 1; ${{{}}} = 2; }}) 0",
                self.expression(&Type::Text, depth)
            ),
            21 => format!(
                "(builtins.parseDrvName {}).{}",
                self.atom(&Type::Text, depth),
                self.choices.pick(&["name", "version"])
            ),
            22 => format!("builtins.unsafeDiscardStringContext {}", self.atom(&Type::Text, depth)),
            23 => format!(
                "builtins.toJSON (builtins.fromTOML {}).a",
                self.choices.pick(&[
                    "\"a = 1\"",
                    "\"a = [ 1.5, 2.0 ]\"",
                    "\"[a]\\nb.c = 'x'\\n\"",
                    "\"[[a]]\\nx=1\\n[[a]]\\n\"",
                    "\"a = 0x1F\"",
                    "\"a = true # c\"",
                    "\"b = 1\"",
                    "\"a = \"",
                    "\"a = \\\"q\\\\u00e9\\\"\""
                ])
            ),
            _ => self.leaf(&Type::Text),
        }
    }

    /// A text that a printed path may contain.
    fn path_part(&mut self, depth: usize) -> String {
        let odd = r##"" " "\n" "\t" "\"" "'" "{" "}" "[" "]" ";" "<" "$" ":" "#" "##;
        let text = self.atom(&Type::Text, depth);
        let empty = "\"\" ".repeat(13);
        format!("(builtins.replaceStrings [ {odd}] [ {empty}] {text})")
    }

    pub(crate) fn path(&mut self, depth: usize) -> String {
        match self.choices.below(5) {
            0 => format!("{} + {}", self.atom(&Type::Path, depth), self.path_part(depth)),
            1 => format!("dirOf {}", self.atom(&Type::Path, depth)),
            2 => format!("{} + \"/x/../y\"", self.atom(&Type::Path, depth)),
            3 => format!("/a/${{{}}}/b", self.path_part(depth)),
            _ => self.leaf(&Type::Path),
        }
    }
}
