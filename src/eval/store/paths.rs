//! Store paths out of what goes into them: pure text and hashing. Reads nothing.

use super::encodings::base32;
use super::hash::{Algorithm, Hash};

pub(in crate::eval) const STORE: &str = "/nix/store";

/// Letters of a store path's hash.
const HASH_LETTERS: usize = 32;

/// Names longer than this would give file names that no file system takes.
const LONGEST_NAME: usize = 211;

/// How the content of a fixed output is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eval) enum Ingestion {
    Flat,
    Recursive,
}

impl Ingestion {
    pub(in crate::eval) fn prefix(self) -> &'static str {
        match self {
            Ingestion::Flat => "",
            Ingestion::Recursive => "r:",
        }
    }
}

/// Why a name cannot be one of a store path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::eval) enum BadName {
    Wrong(String),
    /// Versions of Nix differ.
    Disputed,
}

pub(in crate::eval) fn check_name(name: &str) -> Result<(), BadName> {
    let allowed = |char: &char| char.is_ascii_alphanumeric() || "+-._?=".contains(*char);
    if name.is_empty() {
        return Err(BadName::Wrong("a name in the store must not be empty".to_owned()));
    }
    if name.len() > LONGEST_NAME {
        let message = format!("the name `{name}` is longer than {LONGEST_NAME} letters");
        return Err(BadName::Wrong(message));
    }
    if let Some(char) = name.chars().find(|char| !allowed(char)) {
        return Err(BadName::Wrong(format!(
            "the name `{name}` holds `{char}`, which no name in the store may"
        )));
    }
    if name.starts_with('.') {
        return Err(BadName::Disputed);
    }
    Ok(())
}

/// The path of something whose hash and kind are known. The name must have been checked.
fn store_path(kind: &str, hash: &Hash, name: &str) -> String {
    let all = format!("{kind}:{}:{STORE}:{name}", hash.with_algorithm());
    let digest = Algorithm::Sha256.of(all.as_bytes());
    let mut short = [0_u8; 20];
    for (at, byte) in digest.bytes.iter().enumerate() {
        short[at % short.len()] ^= byte;
    }
    format!("{STORE}/{}-{name}", base32(&short))
}

/// The path of an output of a derivation.
pub(in crate::eval) fn output_path(hash: &Hash, derivation: &str, output: &str) -> String {
    store_path(&format!("output:{output}"), hash, &output_name(derivation, output))
}

/// What follows the hash in the path of an output.
pub(in crate::eval) fn output_name(derivation: &str, output: &str) -> String {
    if output == "out" { derivation.to_owned() } else { format!("{derivation}-{output}") }
}

/// The path of something whose content has the given hash.
pub(in crate::eval) fn fixed_path(ingestion: Ingestion, hash: &Hash, name: &str) -> String {
    if hash.algorithm == Algorithm::Sha256 && ingestion == Ingestion::Recursive {
        return store_path("source", hash, name);
    }
    let inner = format!("fixed:out:{}{}:", ingestion.prefix(), hash.with_algorithm());
    store_path("output:out", &Algorithm::Sha256.of(inner.as_bytes()), name)
}

/// The path of a text; the references are sorted.
pub(in crate::eval) fn text_path<'a>(
    text: &[u8],
    name: &str,
    references: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut kind = "text".to_owned();
    for reference in references {
        kind.push(':');
        kind.push_str(reference);
    }
    store_path(&kind, &Algorithm::Sha256.of(text), name)
}

/// What stands for an output while it is not known.
pub(in crate::eval) fn placeholder(output: &str) -> String {
    format!("/{}", base32(&Algorithm::Sha256.of(format!("nix-output:{output}").as_bytes()).bytes))
}

/// The store path that a path is or lies in, and the rest.
pub(in crate::eval) fn split_store_path(path: &str) -> Option<(&str, &str)> {
    let inside = path.strip_prefix(STORE)?.strip_prefix('/')?;
    let end = inside.find('/').unwrap_or(inside.len());
    let (entry, rest) = inside.split_at(end);
    let name = entry.get(HASH_LETTERS..)?.strip_prefix('-')?;
    let hash = entry.get(..HASH_LETTERS)?;
    let letter = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase() && !b"eotu".contains(&byte);
    if !hash.bytes().all(letter) || matches!(check_name(name), Err(BadName::Wrong(_))) {
        return None;
    }
    Some((&path[..path.len() - rest.len()], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_that_nix_makes() {
        // builtins.toFile "name" "text"
        let path = text_path(b"text", "name", []);
        assert_eq!(path, "/nix/store/qfkky749lrmj2dp344zy406v2gngrnnh-name");
        assert_eq!(placeholder("out"), "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9");
    }

    #[test]
    fn store_paths_are_recognised() {
        let path = "/nix/store/0c09kr48qgypmvxmshjj4lnamp4x0nfr-name";
        assert_eq!(split_store_path(path), Some((path, "")));
        assert_eq!(split_store_path(&format!("{path}/a/b")), Some((path, "/a/b")));
        for wrong in ["/nix/store", "/nix/store/x", "/nix/storex/y", "/nix/store/.links/x", "/etc"] {
            assert_eq!(split_store_path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(check_name("gcc-1.0+x?=_"), Ok(()));
        assert_eq!(check_name(".x"), Err(BadName::Disputed));
        for wrong in ["", "a b", "ä", &"a".repeat(212)] {
            assert!(matches!(check_name(wrong), Err(BadName::Wrong(_))), "{wrong}");
        }
    }
}
