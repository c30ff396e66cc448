//! `builtins.toXML`.

use std::fmt::Write;

use rustc_hash::FxHashSet;

use super::budget::BYTES_IN_A_STEP;
use super::contexts::{ContextId, Gathered};
use super::{Evaluated, Evaluator};
use crate::value::{AttrsId, Reason, Stop, Value};

/// What was met while writing.
#[derive(Default)]
struct Met {
    /// The paths of derivations, each of which is written only once.
    derivations: FxHashSet<Vec<u8>>,
    context: Gathered,
}

/// What a value costs at least, in steps.
const STEPS_PER_VALUE: usize = 8;

impl Evaluator {
    /// A value and all inside of it as XML, as `nix-instantiate --xml` writes it. `located` adds where attributes are
    /// defined.
    pub fn to_xml(&mut self, value: Value) -> Evaluated<String> {
        Ok(self.xml_in_context(value)?.0)
    }

    /// The XML, and what the strings in it refer to.
    pub(super) fn xml_in_context(&mut self, value: Value) -> Evaluated<(String, ContextId)> {
        let mut out = "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n".to_owned();
        let mut met = Met::default();
        self.xml_into(value, 1, &mut met, &mut out)?;
        out.push_str("</expr>\n");
        Ok((out, self.heap.contexts.all(&met.context)))
    }

    fn xml_into(&mut self, value: Value, indent: usize, seen: &mut Met, out: &mut String) -> Evaluated<()> {
        // A text can be far longer than the values it is made of, where they are shared.
        self.pay(STEPS_PER_VALUE + indent / BYTES_IN_A_STEP)?;
        self.fits_text(out.len(), 2 * indent)?;
        let pad = "  ".repeat(indent);
        let simple = |out: &mut String, name: &str, text: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{pad}<{name} value={} />", quoted(text));
        };
        match self.force(value)? {
            Value::Null => {
                let _ = writeln!(out, "{pad}<null />");
            }
            Value::Bool(bool) => simple(out, "bool", if bool { "true" } else { "false" }),
            Value::Int(int) => simple(out, "int", &int.to_string()),
            Value::Float(float) => simple(out, "float", &super::print::float_text(float)),
            Value::String(id) => {
                seen.context.add(self.heap.contexts.of(id));
                let text = self.known_text(id)?;
                self.fits_text(out.len(), text.len())?;
                self.pay(3 * text.len() / BYTES_IN_A_STEP)?;
                simple(out, "string", &text);
            }
            Value::Path(id) => simple(out, "path", &self.known_text(id)?),
            Value::List(list) => {
                if let Some(open) = self.heap.lists[list.0 as usize].open {
                    return Err(Stop::Unknown(open));
                }
                let _ = writeln!(out, "{pad}<list>");
                for at in 0..self.heap.list_len(list) {
                    let item = self.heap.item(list, at);
                    self.nested_part(|this| this.xml_into(item, indent + 1, seen, out))?;
                }
                let _ = writeln!(out, "{pad}</list>");
            }
            Value::Attrs(set) => return self.xml_attrs(set, indent, seen, out),
            Value::Lambda { lambda, .. } => {
                let lambda = self.program.lambdas[lambda as usize];
                let _ = writeln!(out, "{pad}<function>");
                match lambda.formals {
                    Some(formals) => {
                        let mut names: Vec<&str> = self.program.formals[formals.indices()]
                            .iter()
                            .map(|formal| self.symbols.name(formal.sym))
                            .collect();
                        names.sort_unstable();
                        let ellipsis = if lambda.ellipsis { " ellipsis=\"1\"" } else { "" };
                        let whole = lambda
                            .whole
                            .map(|name| format!(" name={}", quoted(self.symbols.name(name))))
                            .unwrap_or_default();
                        let _ = writeln!(out, "{pad}  <attrspat{ellipsis}{whole}>");
                        for name in names {
                            let _ = writeln!(out, "{pad}    <attr name={} />", quoted(name));
                        }
                        let _ = writeln!(out, "{pad}  </attrspat>");
                    }
                    None => {
                        let name = lambda.whole.map(|name| self.symbols.name(name)).unwrap_or_default();
                        let _ = writeln!(out, "{pad}  <varpat name={} />", quoted(name));
                    }
                }
                let _ = writeln!(out, "{pad}</function>");
            }
            // To Nix it is a function of Nix code, with a pattern.
            Value::Builtin(number) if self.registry[number as usize].name == "derivation" => {
                return self.unknown_here(Reason::Builtin("toXML".to_owned()));
            }
            _ => {
                let _ = writeln!(out, "{pad}<unevaluated />");
            }
        }
        Ok(())
    }

    fn xml_attrs(&mut self, set: AttrsId, indent: usize, seen: &mut Met, out: &mut String) -> Evaluated<()> {
        if let Some(open) = self.heap.open(set) {
            return Err(Stop::Unknown(open));
        }
        let mut element = "attrs";
        let pad = "  ".repeat(indent);
        if self.is_derivation_set(set)? {
            element = "derivation";
            let _ = write!(out, "{pad}<derivation");
            let mut new = false;
            for name in [self.names.drv_path, self.names.out_path] {
                let Some(attr) = self.heap.find(set, name) else { continue };
                let Value::String(path) = self.force(attr.value)? else { continue };
                let _ = write!(out, " {}={}", self.symbols.name(name), quoted(&self.text(path)));
                if name == self.names.drv_path {
                    let path = self.heap.bytes(path);
                    new = !path.is_empty() && seen.derivations.insert(path.to_vec());
                }
            }
            let _ = writeln!(out, ">");
            if !new {
                let _ = writeln!(out, "{pad}  <repeated />\n{pad}</derivation>");
                return Ok(());
            }
        } else {
            let _ = writeln!(out, "{pad}<attrs>");
        }
        for attr in self.by_name(set) {
            let name = self.symbols.shared(attr.name);
            self.pay((name.len() + indent) / BYTES_IN_A_STEP)?;
            self.fits_text(out.len(), name.len() + indent)?;
            let _ = writeln!(out, "{pad}  <attr name={}>", quoted(&name));
            self.nested_part(|this| this.xml_into(attr.value, indent + 2, seen, out))?;
            let _ = writeln!(out, "{pad}  </attr>");
        }
        let _ = writeln!(out, "{pad}</{element}>");
        Ok(())
    }

    fn is_derivation_set(&mut self, set: AttrsId) -> Evaluated<bool> {
        let Some(kind) = self.heap.find(set, self.names.kind) else { return Ok(false) };
        let kind = self.force(kind.value)?;
        Ok(matches!(kind, Value::String(kind) if self.heap.bytes(kind) == b"derivation"))
    }
}

fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for char in text.chars() {
        match char {
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("&#xA;"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
