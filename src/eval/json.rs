//! JSON: reading into values, and writing values. Own code because depth must be bounded by memory only, and because
//! numbers follow Nix.

use super::budget::BYTES_IN_A_STEP;
use super::contexts::{ContextId, Gathered};
use super::{Evaluated, Evaluator};
use crate::value::{Attr, ErrorKind, PositionId, Reason, Stop, StringId, Value};

/// One array or object being read.
enum Open {
    List(Vec<Value>),
    Set(Vec<Attr>, Option<crate::syntax::Sym>),
}

/// JSON being written, and what it refers to.
#[derive(Default)]
struct Json {
    text: String,
    context: Gathered,
    /// Only old versions of Nix write it, if any.
    deep: bool,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

/// What a value costs at least, in steps.
const STEPS_PER_VALUE: usize = 4;

impl Evaluator {
    /// `builtins.fromJSON`.
    pub fn from_json(&mut self, text: &str) -> Evaluated {
        self.pay(text.len() / 4)?;
        self.room(text.len(), 8)?;
        match self.read_json(text) {
            Ok(value) => Ok(value),
            Err((at, what)) => {
                let before = &text.as_bytes()[..at.min(text.len())];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                self.fail(ErrorKind::Invalid, None, format!("invalid JSON in line {line}: {what}"))
            }
        }
    }

    fn read_json(&mut self, text: &str) -> Result<Value, (usize, &'static str)> {
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        let mut open: Vec<Open> = Vec::new();
        loop {
            reader.space();
            let mut value = match reader.peek() {
                Some(b'[') => {
                    reader.at += 1;
                    reader.space();
                    if reader.peek() == Some(b']') {
                        reader.at += 1;
                        Value::List(self.heap.list(&[]))
                    } else {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                }
                Some(b'{') => {
                    reader.at += 1;
                    reader.space();
                    if reader.peek() == Some(b'}') {
                        reader.at += 1;
                        self.set_of(Vec::new())
                    } else {
                        let key = self.json_key(&mut reader)?;
                        open.push(Open::Set(Vec::new(), Some(key)));
                        continue;
                    }
                }
                Some(b'"') => {
                    let text = reader.string()?;
                    Value::String(self.heap.string(text))
                }
                Some(b't') => reader.word("true", Value::Bool(true))?,
                Some(b'f') => reader.word("false", Value::Bool(false))?,
                Some(b'n') => reader.word("null", Value::Null)?,
                _ => reader.number()?,
            };
            // The value closes as many arrays and objects as end behind it.
            loop {
                reader.space();
                match open.last_mut() {
                    None if reader.at == reader.text.len() => return Ok(value),
                    None => return Err((reader.at, "there is more behind the value")),
                    Some(Open::List(items)) => {
                        items.push(value);
                        match reader.next() {
                            Some(b',') => break,
                            Some(b']') => {}
                            _ => return Err((reader.at, "expected `,` or `]`")),
                        }
                    }
                    Some(Open::Set(attrs, key)) => {
                        let name = key.take().expect("a value in an object has a key");
                        attrs.push(Attr { name, position: PositionId::NONE, value });
                        match reader.next() {
                            Some(b',') => {
                                reader.space();
                                let name = self.json_key(&mut reader)?;
                                if let Some(Open::Set(_, key)) = open.last_mut() {
                                    *key = Some(name);
                                }
                                break;
                            }
                            Some(b'}') => {}
                            _ => return Err((reader.at, "expected `,` or `}`")),
                        }
                    }
                }
                value = match open.pop() {
                    Some(Open::List(items)) => Value::List(self.heap.list(&items)),
                    Some(Open::Set(mut attrs, _)) => {
                        // Of equal keys the last counts.
                        attrs.reverse();
                        self.set_of(attrs)
                    }
                    None => return Err((reader.at, "expected a value")),
                };
            }
        }
    }

    fn json_key(&mut self, reader: &mut Reader<'_>) -> Result<crate::syntax::Sym, (usize, &'static str)> {
        if reader.peek() != Some(b'"') {
            return Err((reader.at, "expected a key in quotes"));
        }
        let key = reader.string()?;
        reader.space();
        if reader.next() != Some(b':') {
            return Err((reader.at, "expected `:`"));
        }
        Ok(self.symbols.intern(&key))
    }

    /// `builtins.toJSON`: a value and all inside of it as JSON.
    pub fn to_json(&mut self, value: Value) -> Evaluated<String> {
        Ok(self.json_in_context(value)?.0)
    }

    /// The JSON, and what the strings in it refer to.
    pub(super) fn json_in_context(&mut self, value: Value) -> Evaluated<(String, ContextId)> {
        let mut out = Json::default();
        self.json_into(value, &mut out)?;
        if out.deep {
            return self.unknown_here(Reason::Depth);
        }
        Ok((out.text, self.heap.contexts.all(&out.context)))
    }

    fn json_string(&mut self, id: StringId, out: &mut Json) -> Evaluated<()> {
        out.context.add(self.heap.contexts.of(id));
        let more = self.heap.bytes(id).len();
        self.room(more, 2)?;
        self.pay(more / BYTES_IN_A_STEP)?;
        self.fits_text(out.text.len(), more)?;
        match std::str::from_utf8(self.heap.bytes(id)) {
            Ok(text) => json_string(text, &mut out.text),
            // Versions of Nix refuse such texts or copy their bytes.
            Err(_) => {
                return self.unknown_here(Reason::Builtin("toJSON (of bytes that are no text)".to_owned()));
            }
        }
        Ok(())
    }

    fn json_into(&mut self, value: Value, out: &mut Json) -> Evaluated<()> {
        out.deep |= self.is_deep();
        // A text can be far longer than the values it is made of, where they are shared.
        self.pay(STEPS_PER_VALUE)?;
        self.fits_text(out.text.len(), 0)?;
        match self.force(value)? {
            Value::Null => out.text.push_str("null"),
            Value::Bool(bool) => out.text.push_str(if bool { "true" } else { "false" }),
            Value::Int(int) => out.text.push_str(&int.to_string()),
            Value::Float(float) => {
                let text = json_float(float);
                // Older versions of Nix write six digits, and no point behind whole numbers.
                if text != super::print::float_text(float) {
                    return self.unknown_here(Reason::Builtin("toJSON (of this float)".to_owned()));
                }
                out.text.push_str(&text);
            }
            Value::String(id) => self.json_string(id, out)?,
            Value::Path(id) => {
                let path = self.text(id);
                let id = self.copied(&path)?;
                self.json_string(id, out)?;
            }
            Value::List(list) => {
                if let Some(open) = self.heap.lists[list.0 as usize].open {
                    return Err(Stop::Unknown(open));
                }
                out.text.push('[');
                for at in 0..self.heap.list_len(list) {
                    if at > 0 {
                        out.text.push(',');
                    }
                    let item = self.heap.item(list, at);
                    self.nested_json(|this| this.json_into(item, out))?;
                }
                out.text.push(']');
            }
            Value::Attrs(set) => return self.json_attrs(set, out),
            other => {
                let kind = self.kind_of(other).with_article();
                return self.fail(ErrorKind::Type, None, format!("cannot convert {kind} to JSON"));
            }
        }
        Ok(())
    }

    fn json_attrs(&mut self, set: crate::value::AttrsId, out: &mut Json) -> Evaluated<()> {
        if let Some(to_string) = self.heap.find(set, self.names.to_string) {
            let text = self.call(to_string.value, Value::Attrs(set))?;
            let id = self.coerce(None, text, false, true)?;
            return self.json_string(id, out);
        }
        if let Some(open) = self.heap.open(set) {
            return Err(Stop::Unknown(open));
        }
        if let Some(path) = self.heap.find(set, self.names.out_path) {
            return self.nested_json(|this| this.json_into(path.value, out));
        }
        out.text.push('{');
        for (number, attr) in self.by_name(set).into_iter().enumerate() {
            if number > 0 {
                out.text.push(',');
            }
            let name = self.symbols.shared(attr.name);
            self.pay(name.len() / BYTES_IN_A_STEP)?;
            self.fits_text(out.text.len(), name.len())?;
            json_string(&name, &mut out.text);
            out.text.push(':');
            self.nested_json(|this| this.json_into(attr.value, out))?;
        }
        out.text.push('}');
        Ok(())
    }
}

/// The shortest text that reads back as the same float, with a point where it would look like an integer.
fn json_float(float: f64) -> String {
    if !float.is_finite() {
        return "null".to_owned();
    }
    let magnitude = float.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e').expect("the format has an exponent");
        let exponent: i32 = exponent.parse().expect("the exponent is a number");
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let text = format!("{float}");
    if text.contains('.') { text } else { format!("{text}.0") }
}

pub(super) fn json_string(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, escaped) = rest.split_at(at);
        out.push_str(plain);
        rest = &escaped[1..];
        match char::from(escaped.as_bytes()[0]) {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
        }
    }
    out.push_str(rest);
    out.push('"');
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, (usize, &'static str)> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        Err((self.at, "expected a value"))
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    #[expect(clippy::cast_precision_loss, reason = "Nix converts the same way")]
    fn number(&mut self) -> Result<Value, (usize, &'static str)> {
        let start = self.at;
        let fault = (start, "expected a value");
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        if !self.digits() {
            return Err(fault);
        }
        if first == Some(b'0') && self.at - start > 1 + usize::from(self.text[start] == b'-') {
            return Err((start, "a number must not begin with a zero"));
        }
        let mut float = false;
        if self.peek() == Some(b'.') {
            self.at += 1;
            float = true;
            if !self.digits() {
                return Err((self.at, "expected a digit"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            float = true;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err((self.at, "expected a digit"));
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        if !float {
            if let Ok(int) = text.parse::<i64>() {
                return Ok(Value::Int(int));
            }
            // What fits 64 bits only without a sign is an error in Nix today.
            if let Ok(large) = text.parse::<u64>() {
                let _ = large as f64;
                return Err((start, "the integer does not fit into 64 bits"));
            }
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err((start, "the number is too large")),
        }
    }

    fn string(&mut self) -> Result<String, (usize, &'static str)> {
        self.at += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            let at = self.at;
            match self.next() {
                None => return Err((at, "this string is never closed")),
                Some(b'"') => break,
                Some(b'\\') => match self.next() {
                    Some(b'n') => out.push(b'\n'),
                    Some(b'r') => out.push(b'\r'),
                    Some(b't') => out.push(b'\t'),
                    Some(b'b') => out.push(8),
                    Some(b'f') => out.push(12),
                    Some(same @ (b'"' | b'\\' | b'/')) => out.push(same),
                    Some(b'u') => {
                        let char = self.escaped().ok_or((at, "a wrong \\u escape"))?;
                        if char == '\0' {
                            return Err((at, "a NUL, which no Nix string can hold"));
                        }
                        let mut buffer = [0; 4];
                        out.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
                    }
                    _ => return Err((at, "a wrong escape")),
                },
                Some(control) if control < 0x20 => return Err((at, "a control character in a string")),
                Some(byte) => out.push(byte),
            }
        }
        String::from_utf8(out).map_err(|_| (self.at, "a string that is no UTF-8"))
    }

    fn unit(&mut self) -> Option<u32> {
        let text = std::str::from_utf8(self.text.get(self.at..self.at + 4)?).ok()?;
        self.at += 4;
        if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            u32::from_str_radix(text, 16).ok()
        } else {
            None
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if self.text.get(self.at..self.at + 2)? != b"\\u" {
            return None;
        }
        self.at += 2;
        let second = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
    }
}
