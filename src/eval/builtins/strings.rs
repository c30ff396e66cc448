//! Builtins on strings. What they refer to is kept; `contexts` has the builtins that ask for it.

use super::regex::{Regex, RegexError};
use super::{Builtin, builtin};
use crate::eval::budget::ELEMENT;
use crate::eval::contexts::Gathered;
use crate::eval::core::LONGEST_STRING;
use crate::eval::paths::{base_name, folder_of};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Like, Reason, Stop, StringId, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("baseNameOf", 1, base_name_of),
    builtin("concatStringsSep", 2, concat_strings_sep),
    builtin("dirOf", 1, dir_of),
    builtin("match", 2, match_regex),
    builtin("replaceStrings", 3, replace_strings),
    builtin("split", 2, split),
    builtin("stringLength", 1, string_length),
    builtin("substring", 3, substring),
    builtin("toString", 1, to_string),
];

/// A text that refers to what the string it was made of refers to.
fn same_context(this: &mut Evaluator, of: StringId, text: &str) -> Value {
    let context = this.heap.contexts.of(of);
    let id = this.heap.string(text);
    Value::String(this.heap.in_context(id, context))
}

fn to_string(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    Ok(Value::String(this.coerce(None, args[0], true, false)?))
}

fn base_name_of(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    if let Err(Stop::Unknown(why)) = this.force(args[0])
        && let Like::CopyOf(path) = &this.unknown(why).like
        && !this.is_flake_root(path)
    {
        let text = path.to_string_lossy().into_owned();
        return Ok(this.text_value(base_name(&text)));
    }
    let (text, id) = match this.force(args[0])? {
        // The top of a flake has another name in the store; its files have theirs.
        Value::Path(id) if !this.is_flake_root(this.text(id).as_ref()) => (this.known_text(id)?, id),
        other => {
            let id = this.coerce(None, other, false, false)?;
            (this.known_text(id)?, id)
        }
    };
    Ok(same_context(this, id, base_name(&text)))
}

fn dir_of(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    match this.force(args[0])? {
        Value::Path(id) => {
            let text = this.known_text(id)?;
            this.detour(std::path::Path::new(folder_of(&text)));
            Ok(Value::Path(this.heap.string(folder_of(&text))))
        }
        other => {
            let id = this.coerce(None, other, false, false)?;
            let text = this.known_text(id)?;
            let folder = folder_of(&text);
            if folder.len() > 1 && folder.ends_with('/') {
                // Versions of Nix differ in whether they remove this slash, too.
                return this.unknown_here(Reason::Builtin("dirOf (with two slashes)".to_owned()));
            }
            Ok(same_context(this, id, folder))
        }
    }
}

fn concat_strings_sep(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let separator = this.want_string(args[0])?;
    let list = this.want_list(args[1])?;
    let mut text = Vec::new();
    let mut context = Gathered::default();
    context.add(this.heap.contexts.of(separator));
    for at in 0..this.heap.list_len(list) {
        if at > 0 {
            text.extend_from_slice(this.heap.bytes(separator));
        }
        let item = this.heap.item(list, at);
        let id = this.coerce(None, item, false, true)?;
        this.room(this.heap.bytes(id).len() + this.heap.bytes(separator).len(), 3)?;
        text.extend_from_slice(this.heap.bytes(id));
        context.add(this.heap.contexts.of(id));
        if text.len() > LONGEST_STRING {
            return this.unknown_here(Reason::Fuel);
        }
    }
    Ok(Value::String(this.heap.string_with(&text, &context)))
}

fn string_length(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, true)?;
    Ok(Value::Int(i64::try_from(this.heap.bytes(id).len()).expect("strings are bounded")))
}

fn substring(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (start, len) = (this.want_int(args[0])?, this.want_int(args[1])?);
    let Ok(start) = usize::try_from(start) else {
        return this.fail(ErrorKind::Invalid, None, format!("`substring` cannot start at {start}"));
    };
    let id = this.coerce(None, args[2], false, true)?;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let part = this.heap.substring(id, start, len);
    let context = this.heap.contexts.of(id);
    Ok(Value::String(this.heap.in_context(part, context)))
}

fn replace_strings(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let from = this.want_list(args[0])?;
    let to = this.want_list(args[1])?;
    if this.heap.list_len(from) != this.heap.list_len(to) {
        let message = "`replaceStrings` needs two lists of the same length";
        return this.fail(ErrorKind::Invalid, None, message);
    }
    let mut needles: Vec<Vec<u8>> = Vec::new();
    for at in 0..this.heap.list_len(from) {
        let item = this.heap.item(from, at);
        let id = this.want_string(item)?;
        needles.push(this.heap.bytes(id).to_vec());
    }
    let text = this.want_string(args[2])?;
    let mut context = Gathered::default();
    context.add(this.heap.contexts.of(text));
    // Each place of the text is compared with each of the strings.
    this.room(this.heap.bytes(text).len().saturating_mul(needles.len().max(1)), 0)?;
    this.room(this.heap.bytes(text).len(), 4)?;
    let text = this.heap.bytes(text).to_vec();
    // Replacements that are not used are not looked at, as in Nix today; an older Nix fails on wrong ones.
    let mut replacements: Vec<Option<Vec<u8>>> = vec![None; needles.len()];
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at <= text.len() {
        let found = needles.iter().position(|needle| text[at..].starts_with(needle));
        let Some(number) = found else {
            out.extend(text.get(at));
            at += 1;
            continue;
        };
        if replacements[number].is_none() {
            let item = this.heap.item(to, number);
            let id = this.want_string(item)?;
            context.add(this.heap.contexts.of(id));
            replacements[number] = Some(this.heap.bytes(id).to_vec());
        }
        let replacement = replacements[number].as_deref().unwrap_or_default();
        this.pay(4)?;
        // The result is copied once more, and a growing text has room for twice its bytes.
        this.room(replacement.len(), 1)?;
        if out.len() + replacement.len() > LONGEST_STRING || !this.fits(3 * out.len()) {
            return this.unknown_here(Reason::Fuel);
        }
        out.extend_from_slice(replacement);
        if needles[number].is_empty() {
            out.extend(text.get(at));
            at += 1;
        } else {
            at += needles[number].len();
        }
    }
    Ok(Value::String(this.heap.string_with(&out, &context)))
}

/// What reading a character of an expression costs, in steps: each becomes a set of bytes.
const STEPS_PER_CHARACTER: usize = 8;

fn compiled(this: &mut Evaluator, value: Value) -> Evaluated<Regex> {
    let text = this.want_text(value)?;
    this.pay(text.len().saturating_mul(STEPS_PER_CHARACTER))?;
    if !this.fits(text.len().saturating_mul(SIZE_OF_A_CHARACTER)) {
        return this.unknown_here(Reason::Fuel);
    }
    match Regex::new(&text) {
        Ok(regex) => Ok(regex),
        Err(RegexError::Invalid) => {
            this.fail(ErrorKind::Invalid, None, format!("invalid regular expression {text:?}"))
        }
        Err(RegexError::Unsure) => this.unknown_here(Reason::Builtin("match".to_owned())),
    }
}

/// What a character of an expression takes in memory at most.
const SIZE_OF_A_CHARACTER: usize = 512;

fn captures(this: &mut Evaluator, text: StringId, groups: &[Option<(usize, usize)>]) -> Value {
    let mut items = Vec::new();
    for group in groups {
        items.push(match group {
            Some((start, end)) => Value::String(this.heap.substring(text, *start, end - start)),
            None => Value::Null,
        });
    }
    Value::List(this.heap.list(&items))
}

fn match_regex(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let regex = compiled(this, args[0])?;
    let text = this.want_string(args[1])?;
    let mut work = this.steps_left();
    let result = regex.full_match(this.heap.bytes(text), &mut work);
    this.steps_left_are(work)?;
    match result {
        Ok(Some(groups)) => Ok(captures(this, text, &groups[1..])),
        Ok(None) => Ok(Value::Null),
        Err(_) => this.unknown_here(Reason::Fuel),
    }
}

fn split(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let regex = compiled(this, args[0])?;
    let text = this.want_string(args[1])?;
    let bytes = this.heap.bytes(text).to_vec();
    let mut items = Vec::new();
    let (mut at, mut last) = (0, 0);
    while at <= bytes.len() {
        let mut work = this.steps_left();
        let result = regex.search(&bytes, at, &mut work);
        this.steps_left_are(work)?;
        let groups = match result {
            Ok(Some(groups)) => groups,
            Ok(None) => break,
            Err(_) => return this.unknown_here(Reason::Fuel),
        };
        let (start, end) = groups[0].expect("a match has a place");
        this.room(groups.len() + 1, ELEMENT)?;
        items.push(Value::String(this.heap.substring(text, last, start - last)));
        items.push(captures(this, text, &groups[1..]));
        last = end;
        // An empty match moves on by one character, which stays part of the text between.
        at = if end == start { end + 1 } else { end };
    }
    if items.is_empty() {
        return Ok(Value::List(this.heap.list(&[Value::String(text)])));
    }
    items.push(Value::String(this.heap.substring(text, last, bytes.len() - last)));
    Ok(Value::List(this.heap.list(&items)))
}
