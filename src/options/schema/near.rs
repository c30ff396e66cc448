//! What may have been meant by a name that no option has: a sibling, or the same name elsewhere in the tree.

use std::sync::Arc;

use super::definitions::Scope;
use crate::options::types::{OptionNode, Options};
use crate::text::nearest;

/// The sibling that a slip of the fingers made this of. An option that was renamed leads to its successor by itself.
pub(super) fn sibling(name: &str, scope: Scope<'_>) -> Option<Arc<str>> {
    let names = [scope.nixos, scope.own, scope.tool];
    let names = names.into_iter().flatten().flat_map(|it| it.options.keys());
    nearest_of(name, names)
}

pub(super) fn nearest_of<'a>(name: &str, names: impl Iterator<Item = &'a Arc<str>>) -> Option<Arc<str>> {
    nearest(name, names.map(AsRef::as_ref)).map(Arc::from)
}

/// Groups below this depth are not searched.
const DEEPEST: usize = 4;

/// The one other place in the tree where this name stands.
pub(super) fn elsewhere(options: &Options, path: &[Arc<str>]) -> Option<String> {
    let name = path.last()?;
    let mut found = Vec::new();
    search(options, name, &mut Vec::new(), &mut found);
    match found.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn search<'o>(options: &'o Options, name: &str, path: &mut Vec<&'o str>, found: &mut Vec<String>) {
    for (inside, node) in &options.options {
        path.push(inside);
        if inside.as_ref() == name && !is_obsolete(node) {
            found.push(path.join("."));
        }
        if let OptionNode::Group(group) = node
            && path.len() < DEEPEST
        {
            search(group, name, path, found);
        }
        path.pop();
    }
}

fn is_obsolete(node: &OptionNode) -> bool {
    matches!(node, OptionNode::Option(option) if option.obsolete.is_some())
}
