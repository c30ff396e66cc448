//! Schemas as the manual of NixOS has them, `options.json`: every option by its full name, its type in words. What stands
//! in angle brackets or is `*` in a name is any name of a set, or an element of a list. Options that the manual does not
//! show, such as those that were renamed, are not in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::text;
use crate::options::types::{OptionDeclaration, OptionNode, OptionType, Options};

/// An option as the manual lists it. Newer manuals say more, which is not needed.
#[derive(Deserialize)]
pub(super) struct Listed {
    #[serde(default, rename = "type")]
    ty: Option<String>,
    #[serde(default)]
    loc: Vec<Arc<str>>,
    #[serde(default)]
    declarations: Vec<serde_json::Value>,
    #[serde(default)]
    default: Option<serde_json::Value>,
    #[serde(default)]
    description: Option<serde_json::Value>,
}

pub(super) type Manual = BTreeMap<String, Listed>;

/// Whether what was read is a manual, and not some other JSON.
pub(super) fn is_one(manual: &Manual) -> bool {
    !manual.is_empty() && manual.values().any(|it| it.ty.is_some() && !it.declarations.is_empty())
}

pub(super) fn options(manual: Manual) -> Options {
    let mut root = Options::default();
    // Which submodules take more than their options is told since 2022.
    let told = manual.values().any(|it| it.ty.as_deref().is_some_and(|ty| ty.contains("open submodule")));
    // Options of submodules come behind the option that holds them: their names are longer.
    let mut listed: Vec<(Vec<Arc<str>>, Listed)> = manual
        .into_iter()
        .map(|(name, listed)| {
            let path = if listed.loc.is_empty() { split(&name) } else { listed.loc.clone() };
            (path, listed)
        })
        .collect();
    listed.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
    for (path, listed) in listed {
        add(&mut root, &path, listed.declared(), told);
    }
    root
}

/// The names of a path; those in quotes may hold dots.
fn split(name: &str) -> Vec<Arc<str>> {
    crate::eval::attr_path(name).into_iter().map(Arc::from).collect()
}

impl Listed {
    fn declared(self) -> OptionDeclaration {
        let declared_in =
            self.declarations.first().and_then(|it| it.as_str().or_else(|| it.get("name")?.as_str()));
        // Texts are strings, or sets that say how they are written.
        let text = |it: &serde_json::Value| it.as_str().or_else(|| it.get("text")?.as_str()).map(Arc::from);
        OptionDeclaration {
            description: self.description.as_ref().and_then(text).unwrap_or_default(),
            default_text: self.default.as_ref().and_then(text),
            ty: self.ty.as_deref().map(text::described).unwrap_or_default(),
            has_default: self.default.is_some(),
            declared_in: declared_in.map(Arc::from),
            ..OptionDeclaration::default()
        }
    }
}

/// Adds an option where its path leads, through sets and lists of submodules.
fn add(options: &mut Options, path: &[Arc<str>], option: OptionDeclaration, closed: bool) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        options.options.entry(name.clone()).or_insert(OptionNode::Option(option));
        return;
    }
    let group = || OptionNode::Group(Options::default());
    match options.options.entry(name.clone()).or_insert_with(group) {
        OptionNode::Group(group) => add(group, rest, option, closed),
        OptionNode::Option(outer) => {
            if let Some((inside, rest)) = submodule(&mut outer.ty, rest) {
                inside.partial &= !closed;
                add(inside, rest, option, closed);
            }
        }
    }
}

/// The options in a type, and what is left of the path behind `<name>` and `*`.
fn submodule<'t, 'p>(
    ty: &'t mut OptionType,
    path: &'p [Arc<str>],
) -> Option<(&'t mut Options, &'p [Arc<str>])> {
    match ty {
        OptionType::Submodule(options) => Some((options, path)),
        OptionType::NullOr(inside) | OptionType::Once(inside) => submodule(inside, path),
        OptionType::AttrsOf(inside) | OptionType::ListOf(inside) | OptionType::ListOrAttrsOf(inside) => {
            submodule(inside, path.get(1..)?)
        }
        OptionType::Either(left, right) | OptionType::Coerced(left, right) => match submodule(left, path) {
            Some(found) => Some(found),
            None => submodule(right, path),
        },
        _ => None,
    }
}
