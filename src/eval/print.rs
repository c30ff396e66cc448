//! Values as `nix-instantiate --eval` prints them. Unknown parts are written as `«unknown»`, with the reason where that
//! is wanted, errors as `«error»`, work not done as `<CODE>`.

use super::core::LONGEST_STRING;
use super::heap::Thunk;
use super::{Evaluated, Evaluator};
use crate::value::{AttrsId, ListId, Stop, UnknownId, Value};

/// How much is evaluated before printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    Shallow,
    Strict,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Set,
    List,
    /// A thunk that holds a short list.
    Holder,
}

/// A text on its way.
struct Printing {
    depth: Depth,
    seen: rustc_hash::FxHashSet<(What, u32)>,
    out: String,
    /// The unknowns met, where reasons are printed.
    reasons: Option<Vec<UnknownId>>,
    /// The same, for finding them again.
    known: rustc_hash::FxHashSet<UnknownId>,
    /// Whether the text ends early.
    full: bool,
}

/// A value as text, and why parts of it are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    pub text: String,
    /// Each once, in the order of the text.
    pub unknown: Vec<UnknownId>,
}

impl Evaluator {
    /// Prints what is evaluated already.
    pub fn print(&mut self, value: Value) -> String {
        self.printed(value, Depth::Shallow)
    }

    /// Evaluates everything inside, then prints.
    pub fn print_strict(&mut self, value: Value) -> Evaluated<String> {
        self.force_deep(value)?;
        Ok(self.printed(value, Depth::Strict))
    }

    /// Prints a value with the reason in each place that is not known. With `strict` everything inside is evaluated
    /// first; what Nix would fail at is then an error.
    pub fn print_with_reasons(&mut self, value: Value, strict: bool) -> Evaluated<Printed> {
        let done = if strict { self.force_deep(value) } else { self.force(value) };
        if let Err(stop @ Stop::Error(_)) = done {
            return Err(stop);
        }
        let depth = if strict { Depth::Strict } else { Depth::Shallow };
        let mut to = Printing::new(depth);
        to.reasons = Some(Vec::new());
        self.print_into(value, &mut to);
        Ok(Printed { text: to.out, unknown: to.reasons.unwrap_or_default() })
    }

    /// Evaluates everything inside and prints it; what is unknown or fails is marked in its place.
    pub fn print_partial(&mut self, value: Value) -> String {
        let _ = self.force_deep(value);
        self.printed(value, Depth::Strict)
    }

    fn printed(&mut self, value: Value, depth: Depth) -> String {
        let mut to = Printing::new(depth);
        self.print_into(value, &mut to);
        to.out
    }

    fn print_unknown(&mut self, id: UnknownId, to: &mut Printing) {
        let Some(reasons) = &mut to.reasons else { return to.out.push_str("«unknown»") };
        if to.known.insert(id) {
            reasons.push(id);
        }
        let why = self.why(id);
        to.out.push_str(&format!("«unknown: {why}»"));
    }

    fn print_into(&mut self, value: Value, to: &mut Printing) {
        // Where texts are shared, they are far shorter than what is printed.
        if to.out.len() > LONGEST_STRING {
            if !std::mem::replace(&mut to.full, true) {
                to.out.push_str("«unknown»");
            }
            return;
        }
        let holder = if let Value::Thunk(id) = value { Some(id.0) } else { None };
        let value = match value {
            Value::Thunk(id) => match self.heap.thunks[id.0 as usize] {
                Thunk::Done(value) => value,
                Thunk::Failed(_) => return to.out.push_str("«error»"),
                Thunk::Doubtful(number) => match self.heap.doubtful[number as usize] {
                    Ok(value) => value,
                    Err(_) => return to.out.push_str("«error»"),
                },
                _ if to.depth == Depth::Strict => match self.force(value) {
                    Ok(value) => value,
                    Err(Stop::Unknown(id)) => return self.print_unknown(id, to),
                    Err(Stop::Error(_)) => return to.out.push_str("«error»"),
                },
                _ => return to.out.push_str("<CODE>"),
            },
            value => value,
        };
        let out = &mut to.out;
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(bool) => out.push_str(if bool { "true" } else { "false" }),
            Value::Int(int) => out.push_str(&int.to_string()),
            Value::Float(float) => out.push_str(&float_text(float)),
            Value::String(id) => print_string(&self.text(id), out),
            Value::Path(id) => out.push_str(&self.text(id)),
            Value::Lambda { .. } => out.push_str("<LAMBDA>"),
            // Nix brings it along as Nix code.
            Value::Builtin(number) if self.registry[number as usize].name == "derivation" => {
                out.push_str("<LAMBDA>");
            }
            Value::Builtin(_) => out.push_str("<PRIMOP>"),
            Value::Partial(_) | Value::Native(_) => out.push_str("<PRIMOP-APP>"),
            Value::Unknown(id) => self.print_unknown(id, to),
            Value::Thunk(_) => out.push_str("«unknown»"),
            Value::List(list) => self.print_list(list, holder, to),
            Value::Attrs(set) => self.print_attrs(set, to),
        }
    }

    /// Lists that were printed before are not printed again. Nix tells short lists apart by who holds them, because
    /// it stores them in place.
    fn print_list(&mut self, list: ListId, holder: Option<u32>, to: &mut Printing) {
        let part = self.heap.lists[list.0 as usize];
        let key = match (part.len, holder) {
            (0, _) => None,
            (1 | 2, holder) => holder.map(|holder| (What::Holder, holder)),
            (_, _) => Some((What::List, list.0)),
        };
        if key.is_some_and(|key| !to.seen.insert(key)) {
            return to.out.push_str("«repeated»");
        }
        to.out.push_str("[ ");
        for at in 0..part.len as usize {
            let item = self.heap.item(list, at);
            self.print_nested(item, to);
            to.out.push(' ');
        }
        if let Some(open) = part.open {
            self.print_unknown(open, to);
            to.out.push(' ');
        }
        to.out.push(']');
    }

    fn print_attrs(&mut self, set: AttrsId, to: &mut Printing) {
        let attrs = self.by_name(set);
        if !attrs.is_empty() && !to.seen.insert((What::Set, set.0)) {
            return to.out.push_str("«repeated»");
        }
        to.out.push_str("{ ");
        for attr in attrs {
            print_name(self.symbols.name(attr.name), &mut to.out);
            to.out.push_str(" = ");
            self.print_nested(attr.value, to);
            to.out.push_str("; ");
        }
        if let Some(open) = self.heap.open(set) {
            self.print_unknown(open, to);
            to.out.push(' ');
        }
        to.out.push('}');
    }

    fn print_nested(&mut self, value: Value, to: &mut Printing) {
        // Deeper parts were not evaluated; without end they may go on.
        if self.parts >= super::nesting::DEEPEST_OUTPUT {
            return to.out.push_str("«unknown»");
        }
        self.parts += 1;
        self.on_stack(|this| this.print_into(value, to));
        self.parts -= 1;
    }
}

impl Printing {
    fn new(depth: Depth) -> Self {
        let (seen, known) = (rustc_hash::FxHashSet::default(), rustc_hash::FxHashSet::default());
        Self { depth, seen, out: String::new(), reasons: None, known, full: false }
    }
}

/// A float as Nix' streams print it: six significant digits.
pub(super) fn float_text(float: f64) -> String {
    if float.is_nan() {
        return if float.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    if float == 0.0 {
        return if float.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = format!("{float:.5e}");
    let (digits, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let trim = |text: &str| -> String {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-5..6).contains(&exponent) && exponent >= -4 {
        let decimals = usize::try_from(5 - exponent).expect("the exponent is below six");
        return trim(&format!("{float:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs())
}

/// A string as Nix source.
pub fn written_string(text: &str) -> String {
    let mut out = String::new();
    print_string(text, &mut out);
    out
}

/// An attribute's name as Nix source: quoted where that is needed.
pub fn written_name(name: &str) -> String {
    let mut out = String::new();
    print_name(name, &mut out);
    out
}

fn print_string(text: &str, out: &mut String) {
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// The name of an attribute, in quotes where it needs them.
pub fn print_name(name: &str, out: &mut String) {
    const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "rec", "then", "with"];
    let mut chars = name.chars();
    let plain = chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|it| it.is_ascii_alphanumeric() || "_-'".contains(it))
        && !KEYWORDS.contains(&name);
    if plain { out.push_str(name) } else { print_string(name, out) }
}
