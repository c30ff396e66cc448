//! Functions that need no definition in the user's files: builtins and nixpkgs' library, with their arguments and a line of
//! documentation. Texts only; nothing is evaluated.

mod builtins;
mod library;

use builtins::{BUILTINS, CONSTANTS};
use library::{LIBRARY, TYPES};

/// A function, or a value, that everybody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it is found: nothing for a global name, else `builtins.`, `lib.` or `lib.types.`.
    pub of: &'static str,
    pub name: &'static str,
    /// Separated by spaces.
    pub arguments: &'static str,
    pub text: &'static str,
}

impl Known {
    /// As it is called: `lib.mkIf condition value`.
    pub fn call(&self) -> String {
        let call = format!("{}{} {}", self.of, self.name, self.arguments);
        call.trim_end().to_owned()
    }

    pub fn arguments(&self) -> Vec<&'static str> {
        self.arguments.split_whitespace().collect()
    }
}

fn known(of: &'static str, from: (&'static str, &'static str, &'static str)) -> Known {
    Known { of, name: from.0, arguments: from.1, text: from.2 }
}

/// All that `builtins` has.
pub(super) fn builtins() -> impl Iterator<Item = Known> {
    let constants = CONSTANTS.iter().map(|(name, text)| known("builtins.", (name, "", text)));
    BUILTINS.iter().map(|it| known("builtins.", *it)).chain(constants)
}

/// Those that need no `builtins.`.
pub(super) fn globals() -> impl Iterator<Item = Known> {
    let plain = |it: &Known| crate::syntax::GLOBAL_NAMES.contains(&it.name);
    builtins().filter(plain).map(|it| Known { of: "", ..it })
}

/// What the library has, as far as it is described.
pub(super) fn library() -> impl Iterator<Item = Known> {
    LIBRARY.iter().map(|it| known("lib.", *it))
}

/// What `lib.types` has.
pub(super) fn types() -> impl Iterator<Item = Known> {
    TYPES.iter().map(|it| known("lib.types.", *it))
}

/// What a path of names means, if it begins with a name that everybody has: `map`, `builtins.map`, `lib.mkIf`,
/// `lib.strings.toUpper`, `lib.types.str`. Whether `lib` is the library is for the caller to know.
pub(super) fn find(path: &[&str]) -> Option<Known> {
    match path {
        [name] => globals().find(|it| it.name == *name).or_else(|| {
            let builtin = name.strip_prefix("__")?;
            builtins().find(|it| it.name == builtin)
        }),
        ["builtins", name] => builtins().find(|it| it.name == *name),
        ["types", name] | ["lib", "types", name] => types().find(|it| it.name == *name),
        ["lib", name] | ["lib", _, name] => library().find(|it| it.name == *name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::eval::{Evaluator, Settings};
    use crate::system::OverlayFiles;

    #[test]
    fn every_builtin_of_the_evaluator_is_described_with_its_arguments() {
        let eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
        let there: BTreeMap<&str, usize> =
            eval.builtins().map(|(name, arity)| (name, arity.into())).collect();
        let described: BTreeMap<&str, usize> =
            BUILTINS.iter().map(|it| (it.0, it.1.split_whitespace().count())).collect();
        assert_eq!(described, there);
        assert!(BUILTINS.is_sorted_by_key(|it| it.0) && CONSTANTS.is_sorted_by_key(|it| it.0));
    }

    #[test]
    fn every_function_of_the_library_that_is_described_is_there() {
        let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
        let lib = eval.lib();
        let types = eval.select(lib, "types").unwrap();
        for (name, arguments, _) in LIBRARY {
            // The flake of nixpkgs adds it.
            if *name == "nixosSystem" {
                continue;
            }
            let value = eval.select(lib, name);
            let is_function = value.and_then(|it| eval.is_function(it));
            assert_eq!(is_function, Ok(!arguments.is_empty()), "{name}");
        }
        for (name, arguments, _) in TYPES {
            let value = eval.select(types, name);
            let is_function = value.and_then(|it| eval.is_function(it));
            assert_eq!(is_function, Ok(!arguments.is_empty()), "{name}");
        }
        assert!(LIBRARY.is_sorted_by_key(|it| it.0) && TYPES.is_sorted_by_key(|it| it.0));
    }

    #[test]
    fn paths_find_what_they_name() {
        let call = |path: &[&str]| find(path).map(|it| it.call());
        assert_eq!(call(&["map"]).as_deref(), Some("map f list"));
        assert_eq!(call(&["builtins", "length"]).as_deref(), Some("builtins.length list"));
        assert_eq!(call(&["length"]), None);
        assert_eq!(call(&["__length"]).as_deref(), Some("builtins.length list"));
        assert_eq!(call(&["lib", "strings", "toUpper"]).as_deref(), Some("lib.toUpper string"));
        assert_eq!(call(&["lib", "types", "str"]).as_deref(), Some("lib.types.str"));
    }
}
