//! From a NixOS module that declares options to types as data: the module is evaluated with a `lib` that describes.

use std::path::Path;
use std::sync::Arc;

use crate::eval::{Evaluator, Settings};
use crate::system::OverlayFiles;
use crate::text::{FileId, Span};
use crate::value::{Kind, Value};

use super::plain::read_plain;
use super::types::{OptionDeclaration, OptionNode, OptionType, Options};

const LIB: &str = include_str!("schema-lib.nix");

/// The options that a module of our own declares.
///
/// # Panics
/// If the module is not of the simple shape that ours has: that is our mistake, found by the first test.
pub fn read_schema(module: &str) -> Options {
    let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
    let lib = eval.eval_text_in("<schema-lib>", LIB, Path::new("/"));
    let module = eval.eval_text_in("<schema>", module, Path::new("/"));
    let name = eval.make_string("<name>");
    let arguments = eval.make_attrs([("lib", lib), ("name", name)]);
    let declared = eval.make_call(module, arguments);
    let options = select(&mut eval, declared, "options");
    read_group(&mut eval, options)
}

fn select(eval: &mut Evaluator, value: Value, name: &str) -> Value {
    eval.select(value, name).expect("our own module of options evaluates")
}

fn read_group(eval: &mut Evaluator, group: Value) -> Options {
    let view = eval.attrs(group).expect("our own options are sets");
    let mut options = Options::default();
    for attribute in view.attributes {
        let name: Arc<str> = eval.name(attribute.name).into();
        let is_option =
            eval.attr_named(attribute.value, "_type").expect("our own options are sets").is_some();
        let node = if is_option {
            OptionNode::Option(read_option(eval, attribute.value))
        } else {
            OptionNode::Group(read_group(eval, attribute.value))
        };
        options.options.insert(name, node);
    }
    options
}

fn read_option(eval: &mut Evaluator, option: Value) -> OptionDeclaration {
    let ty = select(eval, option, "type");
    let ty = read_type(eval, ty);
    let description = select(eval, option, "description");
    let description = eval.string(description).expect("descriptions are strings").into();
    let default = eval.attr_named(option, "default").expect("our own options are sets");
    let nowhere = Span::new(FileId(0), 0, 0);
    let default = default.map(|it| read_plain(eval, it.value, nowhere).0);
    let flag = |eval: &mut Evaluator, name: &str, value: bool| {
        let attribute = eval.attr_named(option, name).expect("our own options are sets");
        attribute.is_some_and(|it| eval.bool(it.value) == Ok(value))
    };
    let foreign = flag(eval, "visible", false);
    let internal = flag(eval, "internal", true);
    let described = OptionDeclaration { ty, description, default, foreign, internal, ..Default::default() };
    OptionDeclaration { read: true, ..described }
}

fn read_type(eval: &mut Evaluator, ty: Value) -> OptionType {
    let kind = select(eval, ty, "kind");
    let kind = eval.string(kind).expect("kinds are strings");
    let inner = |eval: &mut Evaluator, name: &str| {
        let inner = select(eval, ty, name);
        Box::new(read_type(eval, inner))
    };
    match kind.as_str() {
        "str" => OptionType::Str,
        "bool" => OptionType::Bool,
        "path" => OptionType::Path,
        "set" => OptionType::Set,
        "anything" => OptionType::Anything,
        "int" => {
            let bound = |eval: &mut Evaluator, name: &str| {
                let bound = eval.attr_named(ty, name).expect("types are sets")?;
                eval.int(bound.value).ok()
            };
            let lowest = bound(eval, "lowest");
            OptionType::Int { lowest, highest: bound(eval, "highest") }
        }
        "nullOr" => OptionType::NullOr(inner(eval, "of")),
        "listOf" => OptionType::ListOf(inner(eval, "of")),
        "attrsOf" => OptionType::AttrsOf(inner(eval, "of")),
        "either" => {
            let left = inner(eval, "left");
            OptionType::Either(left, inner(eval, "right"))
        }
        "enum" => {
            let values = select(eval, ty, "values");
            let values = eval.list(values).expect("the values of an enum are a list").items;
            let text = |it: Value, eval: &mut Evaluator| eval.string(it).expect("they are strings").into();
            OptionType::Enum(values.into_iter().map(|it| text(it, eval)).collect())
        }
        "submodule" => {
            let module = select(eval, ty, "module");
            let module = if eval.kind(module) == Kind::Function {
                let (name, config) = (eval.make_string("<name>"), eval.make_attrs([]));
                let arguments = eval.make_attrs([("name", name), ("config", config)]);
                eval.make_call(module, arguments)
            } else {
                module
            };
            let options = select(eval, module, "options");
            OptionType::Submodule(read_group(eval, options))
        }
        other => panic!("the schema's lib makes no type `{other}`"),
    }
}
