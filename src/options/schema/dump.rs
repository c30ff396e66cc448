//! Schemas as our own tool writes them: the tree of options with its types, as JSON.
//!
//! A node is an option (`k`: its type, `decl`: the files that declare it, `def`, `ro`, `int`, `apply`, `r`: every machine
//! reads it, `to`, `gone`, `refused`: what became of it, `desc` and `dt`: its description, and its default in Nix) or a group (`s`). A type is its name `t`, the types `e` in it,
//! the values `v` of an enum, the options `o` of a submodule and the type `f` of what a submodule takes besides, and for
//! all others its description `d`. Writes nothing: that is for whoever asks Nix.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

use super::text;
use crate::options::plain::PlainKind;
use crate::options::types::{Obsolete, OptionDeclaration, OptionNode, OptionType, Options};

/// The version of the format that is written; files without one are older.
pub const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dump {
    pub(super) version: u32,
    /// What it was made of, for people.
    #[serde(default)]
    pub(super) of: Option<String>,
    /// The names of types that refuse even equal definitions.
    #[serde(default)]
    pub(super) once: Vec<String>,
    /// Whether names are refused that stand where nothing is read.
    #[serde(default)]
    pub(super) strict: bool,
    pub(super) options: Group,
}

pub(super) type Group = BTreeMap<Arc<str>, Node>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    #[serde(default)]
    s: Option<Group>,
    #[serde(default)]
    k: Option<Type>,
    #[serde(default)]
    decl: Vec<Arc<str>>,
    #[serde(default)]
    def: bool,
    #[serde(default, rename = "ro")]
    _read_only: bool,
    #[serde(default)]
    int: bool,
    #[serde(default, rename = "apply")]
    _apply: bool,
    #[serde(default)]
    r: bool,
    #[serde(default)]
    to: Option<Arc<str>>,
    #[serde(default)]
    gone: Option<Arc<str>>,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    desc: Option<Arc<str>>,
    #[serde(default)]
    dt: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    t: String,
    #[serde(default)]
    e: Elements,
    #[serde(default)]
    v: Vec<serde_json::Value>,
    #[serde(default)]
    o: Option<Group>,
    #[serde(default)]
    f: Option<Box<Type>>,
    #[serde(default)]
    d: Option<String>,
}

/// One type or several.
#[derive(Default)]
struct Elements(Vec<Type>);

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Elements;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a type or a list of types")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Elements, A::Error> {
                Type::deserialize(MapAccessDeserializer::new(map)).map(|it| Elements(vec![it]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Elements, A::Error> {
                let mut types = Vec::new();
                while let Some(it) = list.next_element()? {
                    types.push(it);
                }
                Ok(Elements(types))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

pub(super) fn options(group: Group) -> Options {
    let nodes = group.into_iter().map(|(name, node)| (name, self::node(node)));
    Options { options: nodes.collect(), partial: false }
}

fn node(node: Node) -> OptionNode {
    let Some(ty) = node.k else { return OptionNode::Group(options(node.s.unwrap_or_default())) };
    let obsolete = (node.to.is_some() || node.gone.is_some())
        .then(|| Box::new(Obsolete { renamed_to: node.to, message: node.gone, refused: node.refused }));
    OptionNode::Option(OptionDeclaration {
        ty: ty.read(),
        internal: node.int,
        read: node.r,
        has_default: node.def,
        declared_in: node.decl.into_iter().next(),
        description: node.desc.unwrap_or_default(),
        default_text: node.dt,
        obsolete,
        ..OptionDeclaration::default()
    })
}

impl Type {
    fn read(self) -> OptionType {
        let mut elements = self.e.0.into_iter().map(|it| Box::new(it.read()));
        let mut element = || elements.next().unwrap_or_default();
        match self.t.as_str() {
            "nullOr" => OptionType::NullOr(element()),
            "listOf" | "nonEmptyListOf" => OptionType::ListOf(element()),
            "attrsOf" | "lazyAttrsOf" | "attrsWith" => OptionType::AttrsOf(element()),
            "loaOf" => OptionType::ListOrAttrsOf(element()),
            "uniq" | "unique" => OptionType::Once(element()),
            "either" | "oneOf" => {
                let (left, right) = (elements.next(), elements.next());
                match (left, right) {
                    (Some(left), Some(right)) => OptionType::Either(left, right),
                    _ => OptionType::Anything,
                }
            }
            "coercedTo" => match (elements.next(), elements.next()) {
                (Some(from), Some(to)) => OptionType::Coerced(from, to),
                _ => OptionType::Anything,
            },
            "enum" => values(self.v),
            "submodule" | "submoduleWith" => match self.o {
                Some(group) => {
                    let mut options = options(group);
                    options.partial = self.f.is_some();
                    OptionType::Submodule(options)
                }
                None => OptionType::Anything,
            },
            name => text::named(name, self.d.as_deref().unwrap_or_default()),
        }
    }
}

fn values(values: Vec<serde_json::Value>) -> OptionType {
    if values.is_empty() {
        return OptionType::Anything;
    }
    if let Some(words) = values.iter().map(|it| it.as_str().map(Arc::from)).collect() {
        return OptionType::Enum(words);
    }
    let plain = |it: &serde_json::Value| match it {
        serde_json::Value::Null => Some(PlainKind::Null),
        serde_json::Value::Bool(it) => Some(PlainKind::Bool(*it)),
        serde_json::Value::Number(it) => it.as_i64().map(PlainKind::Int),
        serde_json::Value::String(it) => Some(PlainKind::String(it.as_str().into())),
        _ => None,
    };
    values.iter().map(plain).collect::<Option<_>>().map_or(OptionType::Anything, OptionType::Values)
}
