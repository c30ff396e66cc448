//! What Nix says when modules do not fit together. Texts that the library can make are made by it.

use std::sync::Arc;

use super::System;
use super::tree::Raw;
use super::values::{self, Loc, plain_attr, shown};
use crate::eval::Evaluator;
use crate::value::Value;

/// `showOption` of the library; names joined by dots where that fails.
pub(super) fn show_option(eval: &mut Evaluator, system: &System, loc: Option<&Arc<Loc>>) -> String {
    let list = Loc::list(loc, eval);
    let function = values::of_library(eval, system.lib, &["options", "showOption"]);
    let text = function.and_then(|function| eval.call(function, list)).and_then(|text| eval.string(text));
    text.unwrap_or_else(|_| dotted(eval, loc))
}

/// Names joined by dots, however they are written.
pub(super) fn dotted(eval: &mut Evaluator, loc: Option<&Arc<Loc>>) -> String {
    let list = Loc::list(loc, eval);
    let items = eval.list(list).map(|view| view.items).unwrap_or_default();
    let names: Vec<String> = items.into_iter().map(|name| shown(eval, name)).collect();
    names.join(".")
}

/// `showFiles`.
pub(super) fn show_files(eval: &mut Evaluator, files: &[Value]) -> String {
    let names: Vec<String> = files.iter().map(|file| format!("`{}'", shown(eval, *file))).collect();
    names.join(" and ")
}

/// `showDefs` of the library.
pub(super) fn show_definitions(eval: &mut Evaluator, system: &System, list: Value) -> String {
    let function = values::of_library(eval, system.lib, &["options", "showDefs"]);
    let text = function.and_then(|function| eval.call(function, list)).and_then(|text| eval.string(text));
    text.unwrap_or_else(|_| {
        let items = eval.list(list).map(|view| view.items).unwrap_or_default();
        let file = |eval: &mut Evaluator, item: Value| {
            let file = eval.select(item, "file");
            file.map_or_else(|_| "<unknown-file>".to_owned(), |file| shown(eval, file))
        };
        items.into_iter().map(|item| format!("\n- In `{}'", file(eval, item))).collect()
    })
}

pub(super) fn show_raws(eval: &mut Evaluator, system: &System, raws: &[Raw]) -> String {
    let words = &system.words;
    let mut items = Vec::with_capacity(raws.len());
    for raw in raws {
        let pushed = super::push::discharge(eval, system, raw.value).unwrap_or_default();
        let mut value = pushed.first().map_or(Value::Null, |it| it.value);
        if let Ok(Some(content)) = eval.attribute_of(value, words.content) {
            value = content.value;
        }
        let attrs = vec![plain_attr(words.plain_file, raw.file), plain_attr(words.value, value)];
        items.push(eval.make_attrs_at(attrs, None));
    }
    let list = eval.make_list(&items);
    show_definitions(eval, system, list)
}

/// A value of another kind stands where a module should.
pub(super) fn not_a_module(
    eval: &mut Evaluator,
    system: &System,
    file: Value,
    prefix: Option<&Arc<Loc>>,
    kind: &str,
) -> String {
    let shown_file = shown(eval, file);
    let into_file = if shown_file == UNKNOWN_FILE {
        String::new()
    } else {
        format!(", while trying to load a module into {shown_file}")
    };
    let into_prefix = match prefix {
        None => String::new(),
        Some(_) => format!(", while trying to load a module into {}", show_option(eval, system, prefix)),
    };
    let help = match kind {
        "configuration" => {
            "\n\nIf you really mean to import this configuration, instead please only import the modules that make up the configuration.\nYou may have to create a `let` binding, file or attribute to give yourself access to the relevant modules.\nWhile loading a configuration into the module system is a very sensible idea, it can not be done cleanly in practice."
        }
        "flake" => {
            "\n\nPerhaps you forgot to select an attribute name?\nInstead of, for example,\n    inputs.someflake\nyou need to write something like\n    inputs.someflake.modules.someApp.default"
        }
        _ => "",
    };
    format!(
        "Expected a module, but found a value of type \"{kind}\"{into_file}{into_prefix}.\nA module is typically loaded by adding it to the imports = [ ... ]; attribute of an existing module, or in the modules = [ ... ]; argument of various functions.\nPlease make sure that each of the list items is a module, and not a different kind of value.{help}"
    )
}

/// A set with another `_type` stands where an option is declared.
pub(super) fn no_declaration(
    eval: &mut Evaluator,
    system: &System,
    loc: &Arc<Loc>,
    kind: &str,
    file: Value,
) -> String {
    let path = show_option(eval, system, Some(loc));
    let file = shown(eval, file);
    let mut message = format!(
        "In module {file}: expected an option declaration at option path `{path}` but got an attribute set with type {kind}"
    );
    if kind == "option-type" {
        let name = path.rsplit('.').next().unwrap_or(&path).to_owned();
        message.push_str(&format!(
            "\n\nWhen declaring an option, you must wrap the type in a `mkOption` call. It should look somewhat like:\n    {name} = lib.mkOption {{\n      description = ...;\n      type = <the type you wrote for {name}>;\n      ...\n    }};\n"
        ));
    }
    message
}

/// A type's own `check` was replaced although its `merge` does the checking.
pub(super) fn incoherent(loc: &str, description: &str) -> String {
    format!(
        "The option `{loc}' has a type `{description}' that uses\nan ad-hoc `type // {{ check = ...; }}' override, which is incompatible with\nthe v2 merge mechanism.\n\nPlease use `lib.types.addCheck` instead of `type // {{ check }}' to add\ncustom validation. For example:\n\n  lib.types.addCheck baseType (value: /* your check */)\n\ninstead of:\n\n  baseType // {{ check = value: /* your check */; }}\n"
    )
}

/// The file of modules that are in none.
pub(super) const UNKNOWN_FILE: &str = "<unknown-file>";

/// The names nearest to a wrong one, as alternatives of a question; empty where nothing is near.
pub(super) fn did_you_mean(wrong: &str, mut names: Vec<String>, show: impl Fn(&str) -> String) -> String {
    /// From so many names on only near ones are named.
    const MANY: usize = 100;
    names.sort();
    let mut near: Vec<(usize, String)> =
        names.into_iter().map(|name| (strsim::levenshtein(wrong, &name), name)).collect();
    if near.len() >= MANY {
        near.retain(|(distance, _)| *distance <= 2);
    }
    near.sort_by_key(|(distance, _)| *distance);
    near.truncate(3);
    let shown: Vec<String> = near.iter().map(|(_, name)| format!("`{}'", show(name))).collect();
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => format!("\n\nDid you mean {only}?"),
        Some((last, rest)) => format!("\n\nDid you mean {} or {last}?", rest.join(", ")),
    }
}
