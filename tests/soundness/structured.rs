//! Random lists and sets; a part of `program`.

use std::rc::Rc;

use crate::program::{ATTRIBUTES, Program, Type};

impl Program<'_> {
    pub(crate) fn list(&mut self, of: &Type, depth: usize) -> String {
        let kind = Type::List(Rc::new(of.clone()));
        match self.choices.below(21) {
            0 | 1 => {
                let items: Vec<String> = (0..self.choices.below(4)).map(|_| self.atom(of, depth)).collect();
                format!("[ {} ]", items.join(" "))
            }
            2 | 3 => {
                let (a, b) = (self.atom(&kind, depth), self.atom(&kind, depth));
                if self.choices.rarely(3) {
                    format!("{a} ++ {b} ++ {}", self.atom(&kind, depth))
                } else {
                    format!("{a} ++ {b}")
                }
            }
            4 | 5 => {
                let from = self.any_type(1);
                let function = self.function(&from, of, depth);
                format!("map ({function}) {}", self.atom(&Type::List(Rc::new(from)), depth))
            }
            6 => {
                let function = self.function(of, &Type::Bool, depth);
                format!("builtins.filter ({function}) {}", self.atom(&kind, depth))
            }
            7 => {
                let function = self.function(&Type::Int, of, depth);
                format!("builtins.genList ({function}) {}", self.choices.below(4))
            }
            8 => format!("builtins.tail ({} ++ {})", self.atom(&kind, 0), self.atom(&kind, depth)),
            9 | 10 => {
                let less = match of {
                    Type::Int | Type::Text | Type::Float => self
                        .choices
                        .pick(&["builtins.lessThan", "(a: b: a < b)", "(a: b: b < a)", "(a: b: false)"])
                        .to_owned(),
                    Type::List(inner) if matches!(**inner, Type::Int | Type::Text) => {
                        "builtins.lessThan".to_owned()
                    }
                    _ => "(a: b: builtins.typeOf a < builtins.typeOf b)".to_owned(),
                };
                format!("builtins.sort {less} {}", self.atom(&kind, depth))
            }
            11 => format!("builtins.concatLists {}", self.atom(&Type::List(Rc::new(kind)), depth)),
            12 => {
                let from = self.any_type(1);
                let function = self.function(&from, &kind, depth);
                format!("builtins.concatMap ({function}) {}", self.atom(&Type::List(Rc::new(from)), depth))
            }
            13 => {
                let set =
                    Type::Set(Rc::new(vec![("b".to_owned(), of.clone()), ("a".to_owned(), of.clone())]));
                format!("builtins.attrValues {}", self.atom(&set, depth))
            }
            14 => {
                let function = self.function(of, &Type::Bool, depth);
                let side = self.choices.pick(&["right", "wrong"]);
                format!("(builtins.partition ({function}) {}).{side}", self.atom(&kind, depth))
            }
            15 => {
                let set = Type::Set(Rc::new(vec![("a".to_owned(), of.clone())]));
                let list = self.atom(&Type::List(Rc::new(set)), depth);
                format!("builtins.catAttrs \"{}\" ({list} ++ [ {{ }} ])", self.choices.pick(&["a", "b"]))
            }
            16 if *of == Type::Text => {
                let set = self.set_type(2);
                format!("builtins.attrNames {}", self.atom(&set, depth))
            }
            17 if *of == Type::Text => format!("builtins.splitVersion {}", self.atom(&Type::Text, depth)),
            18 if *of == Type::Text => format!(
                "builtins.filter builtins.isString (builtins.split \"[./ ]\" {})",
                self.atom(&Type::Text, depth)
            ),
            19 if *of == Type::Int => {
                let next = self.expression(&Type::Int, depth.min(1));
                format!(
                    "map (x: x.key) (builtins.genericClosure {{ startSet = [ {{ key = {}; }} ]; operator = x: if x.key > 0 && x.key < 5 then [ {{ key = x.key + 1; }} {{ key = {next}; }} ] else [ ]; }})",
                    self.choices.below(7)
                )
            }
            _ => {
                let condition = self.expression(&Type::Bool, depth);
                format!("(if {condition} then {} else [ ])", self.atom(&kind, depth))
            }
        }
    }

    pub(crate) fn set(&mut self, fields: &Rc<Vec<(String, Type)>>, depth: usize) -> String {
        let kind = Type::Set(fields.clone());
        match self.choices.below(14) {
            0..=3 => self.written_set(fields, depth),
            4 | 5 => format!("{} // {}", self.atom(&kind, depth), self.atom(&kind, depth)),
            6 => {
                let cut = self.choices.below(fields.len() + 1);
                let (a, b) = fields.split_at(cut);
                let (a, b) = (Type::Set(Rc::new(a.to_vec())), Type::Set(Rc::new(b.to_vec())));
                format!("{} // {}", self.atom(&a, depth), self.atom(&b, depth))
            }
            7 => {
                let mut more = fields.as_ref().clone();
                let extra = self.choices.pick(ATTRIBUTES).to_owned();
                let removed = fields.iter().all(|(name, _)| *name != extra);
                if removed {
                    more.push((extra.clone(), self.any_type(1)));
                }
                let names = if removed { format!("\"{}\"", extra.trim_matches('"')) } else { String::new() };
                format!(
                    "builtins.removeAttrs {} [ {names} \"nowhere\" ]",
                    self.atom(&Type::Set(Rc::new(more)), depth)
                )
            }
            8 => {
                let pairs: Vec<String> = fields
                    .iter()
                    .map(|(name, of)| {
                        format!(
                            "{{ name = \"{}\"; value = {}; }}",
                            name.trim_matches('"'),
                            self.expression(of, depth)
                        )
                    })
                    .collect();
                format!("builtins.listToAttrs [ {} ]", pairs.join(" "))
            }
            9 => {
                let mut unlike = fields.as_ref().clone();
                unlike.push(("\"only left\"".to_owned(), Type::Int));
                let left = Type::Set(Rc::new(unlike));
                format!("builtins.intersectAttrs {} {}", self.atom(&left, depth), self.atom(&kind, depth))
            }
            10 => format!(
                "builtins.mapAttrs (n: v: {}) {}",
                self.choices.pick(&["v", "if n == \"a\" then v else v", "builtins.seq n v"]),
                self.atom(&kind, depth)
            ),
            11 => {
                let list = Type::List(Rc::new(kind));
                format!(
                    "builtins.zipAttrsWith (n: vs: builtins.elemAt vs 0) ({} ++ {})",
                    self.leaf(&list),
                    self.atom(&list, depth)
                )
            }
            12 if fields.is_empty() => format!("builtins.functionArgs ({})", {
                let of = self.set_type(1);
                self.function(&of, &Type::Null, depth)
            }),
            _ => {
                let condition = self.expression(&Type::Bool, depth);
                format!(
                    "({} // (if {condition} then {{ }} else {}))",
                    self.atom(&kind, depth),
                    self.atom(&kind, depth)
                )
            }
        }
    }

    /// A set as it is written: nested paths, `inherit`, computed names, `rec`.
    fn written_set(&mut self, fields: &Rc<Vec<(String, Type)>>, depth: usize) -> String {
        let recursive = self.choices.rarely(4);
        let scope: Vec<(String, Type)> = if recursive {
            // What sees itself is mostly endless: the names are there, of a type that nothing wants.
            let hidden = Type::Function(Rc::new(Type::Null), Rc::new(Type::Bool));
            fields
                .iter()
                .filter(|(name, _)| !name.starts_with('"'))
                .map(|(name, _)| (name.clone(), hidden.clone()))
                .collect()
        } else {
            Vec::new()
        };
        let mut parts: Vec<String> = Vec::new();
        let mut visible = scope;
        for (name, of) in fields.iter() {
            let plain = !name.starts_with('"') && name != "or";
            let part = self.with_scope(&visible.clone(), |this| match (this.choices.below(8), of) {
                (0 | 1, Type::Set(inner)) if !inner.is_empty() => inner
                    .clone()
                    .iter()
                    .map(|(under, of)| format!("{name}.{under} = {}; ", this.expression(of, depth)))
                    .collect(),
                (2, Type::Set(inner)) => {
                    let first = this.expression(&Type::Set(Rc::new(Vec::new())), 0);
                    let rest: String = inner
                        .clone()
                        .iter()
                        .map(|(under, of)| format!("{name}.{under} = {}; ", this.expression(of, depth)))
                        .collect();
                    format!(
                        "{name} = {}; {rest}",
                        if first.starts_with('{') { first } else { "{ }".to_owned() }
                    )
                }
                (3, _) if plain => {
                    let from = Type::Set(Rc::new(vec![(name.clone(), of.clone())]));
                    format!("inherit ({}) {name}; ", this.expression(&from, depth))
                }
                (4, _) => {
                    format!("${{\"{}\" + \"\"}} = {}; ", name.trim_matches('"'), this.expression(of, depth))
                }
                _ => format!("{name} = {}; ", this.expression(of, depth)),
            });
            parts.push(part);
            if recursive && plain {
                visible.retain(|(other, _)| other != name);
                visible.push((name.clone(), of.clone()));
            }
        }
        if self.choices.rarely(3) {
            parts.reverse();
        }
        if recursive && self.choices.rarely(5) && !fields.is_empty() {
            let over = Type::Set(Rc::new(vec![fields[0].clone()]));
            parts.push(format!("__overrides = {}; ", self.expression(&over, depth)));
        }
        format!("{}{{ {}}}", if recursive { "rec " } else { "" }, parts.concat())
    }
}
