//! Trees of options as an editor walks them: by the names that somebody writes, through sets and lists of submodules, in
//! several trees at once. Judges nothing.

use std::sync::Arc;

use crate::options::{OptionDeclaration, OptionNode, OptionType, Options, PlainKind};

/// A step on the way to an option.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Name(String),
    /// A name that is computed.
    Computed,
    /// An element of a list.
    Element,
}

/// What lies at the end of a way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot<'a> {
    Options(&'a Options),
    Declared(&'a OptionDeclaration),
    /// Inside of the value of an option.
    Type(&'a OptionType),
}

/// What lies at a path: nothing, or one thing for each tree that has it.
pub(super) fn locate<'a>(trees: &[&'a Options], path: &[Part]) -> Vec<Spot<'a>> {
    let mut spots: Vec<Spot<'a>> = trees.iter().map(|it| Spot::Options(it)).collect();
    for part in path {
        let mut next = Vec::new();
        for spot in spots {
            descend(spot, part, &mut next);
        }
        spots = next;
    }
    spots
}

fn descend<'a>(spot: Spot<'a>, part: &Part, found: &mut Vec<Spot<'a>>) {
    match (spot, part) {
        (Spot::Options(options), Part::Name(name)) => match options.options.get(name.as_str()) {
            Some(OptionNode::Group(group)) => found.push(Spot::Options(group)),
            Some(OptionNode::Option(option)) => found.push(Spot::Declared(option)),
            None => {}
        },
        (Spot::Options(_), _) => {}
        (Spot::Declared(option), _) => descend(Spot::Type(&option.ty), part, found),
        (Spot::Type(ty), _) => match (ty, part) {
            (OptionType::NullOr(inside) | OptionType::Once(inside), _) => {
                descend(Spot::Type(inside), part, found);
            }
            (OptionType::Either(left, right) | OptionType::Coerced(left, right), _) => {
                descend(Spot::Type(left), part, found);
                descend(Spot::Type(right), part, found);
            }
            (OptionType::AttrsOf(inside), Part::Name(_) | Part::Computed)
            | (OptionType::ListOf(inside), Part::Element)
            | (OptionType::ListOrAttrsOf(inside), _) => found.push(Spot::Type(inside)),
            (OptionType::Submodule(options), _) => descend(Spot::Options(options), part, found),
            _ => {}
        },
    }
}

/// The option that one of the spots is, the best described one.
pub(super) fn declaration<'a>(spots: &[Spot<'a>]) -> Option<&'a OptionDeclaration> {
    let declared = spots.iter().filter_map(|it| match it {
        Spot::Declared(option) => Some(*option),
        _ => None,
    });
    declared.max_by_key(|it| (!it.description.is_empty(), it.default.is_some()))
}

/// The type of what stands there.
pub(super) fn ty<'a>(spots: &[Spot<'a>]) -> Option<&'a OptionType> {
    declaration(spots).map(|it| &it.ty).or_else(|| {
        spots.iter().find_map(|it| match it {
            Spot::Type(ty) => Some(*ty),
            _ => None,
        })
    })
}

/// The names that may follow; each once.
pub(super) fn names<'a>(spots: &[Spot<'a>]) -> Vec<(&'a Arc<str>, &'a OptionNode)> {
    let mut found = Vec::new();
    for spot in spots {
        match spot {
            Spot::Options(options) => found.extend(&options.options),
            Spot::Declared(option) => names_in(&option.ty, &mut found),
            Spot::Type(ty) => names_in(ty, &mut found),
        }
    }
    // Of two trees that one counts that says more.
    let silent = |it: &OptionNode| match it {
        OptionNode::Option(option) => option.description.is_empty(),
        OptionNode::Group(_) => false,
    };
    found.sort_by(|(a, one), (b, other)| (a, silent(one)).cmp(&(b, silent(other))));
    found.dedup_by(|(a, _), (b, _)| a == b);
    found
}

fn names_in<'a>(ty: &'a OptionType, found: &mut Vec<(&'a Arc<str>, &'a OptionNode)>) {
    match ty {
        OptionType::NullOr(inside) | OptionType::Once(inside) => names_in(inside, found),
        OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
            names_in(left, found);
            names_in(right, found);
        }
        OptionType::Submodule(options) => found.extend(&options.options),
        _ => {}
    }
}

/// The values that somebody may write, where there are few; in Nix.
pub(super) fn values(ty: &OptionType) -> Vec<String> {
    match ty {
        OptionType::Bool => vec!["true".to_owned(), "false".to_owned()],
        OptionType::Enum(words) => words.iter().map(|it| crate::eval::written_string(it)).collect(),
        OptionType::Values(values) => values
            .iter()
            .map(|it| match it {
                PlainKind::String(text) => crate::eval::written_string(text),
                PlainKind::Bool(it) => it.to_string(),
                PlainKind::Int(it) => it.to_string(),
                _ => "null".to_owned(),
            })
            .collect(),
        OptionType::NullOr(inside) => {
            let mut all = values(inside);
            if !all.is_empty() {
                all.push("null".to_owned());
            }
            all
        }
        OptionType::Once(inside) => values(inside),
        OptionType::Either(left, right) | OptionType::Coerced(left, right) => {
            let mut all = values(left);
            all.extend(values(right));
            all
        }
        _ => Vec::new(),
    }
}
