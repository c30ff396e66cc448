//! The embedded Nix expression that evaluates a network: the files of `expression/`, put together to one text.
//!
//! One text, because a pure evaluation, which flakes ask for, reads no file of ours.

use crate::network::{DEPLOYMENT_OPTIONS, DIALECT_OPTIONS, nix_string};

/// A part's name in the expression and its text.
const PARTS: [(&str, &str); 15] = [
    ("files", include_str!("expression/files.nix")),
    ("flake", include_str!("expression/flake.nix")),
    ("nixops", include_str!("expression/nixops.nix")),
    ("colmena", include_str!("expression/colmena.nix")),
    ("morph", include_str!("expression/morph.nix")),
    ("deploy-rs", include_str!("expression/deploy-rs.nix")),
    ("nixos", include_str!("expression/nixos.nix")),
    ("machine", include_str!("expression/machine.nix")),
    ("keys", include_str!("expression/keys.nix")),
    ("keyFiles", include_str!("expression/key-files.nix")),
    ("rollout", include_str!("expression/rollout.nix")),
    ("settings", include_str!("expression/settings.nix")),
    ("values", include_str!("expression/values.nix")),
    ("options", DEPLOYMENT_OPTIONS),
    ("dialectOptions", DIALECT_OPTIONS),
];

const NETWORK: &str = include_str!("expression/network.nix");

/// One argument of a program has at most 128 KiB on Linux; what is asked of a large network is longer.
const LONGEST_ARGUMENT: usize = 100 << 10;

/// The expression for networks in files. `asked` is JSON. In a file, not on the command line, where others could read
/// the arguments.
pub fn of_files(asked: &str, arguments: &[(String, String)]) -> String {
    whole(&nix_string(asked), &argument_set(arguments))
}

/// The attribute that holds the answer. Nix calls a function only on its way to an attribute.
pub(super) const ANSWER: &str = "answer";

/// The expression for flakes, and what it is called with: the parts of `asked`.
pub(super) fn of_flake(asked: &str) -> (String, Vec<(String, String)>) {
    let parts = pieces(asked, LONGEST_ARGUMENT);
    let named: Vec<(String, String)> = parts
        .into_iter()
        .enumerate()
        .map(|(number, part)| (format!("part{number}"), part.to_owned()))
        .collect();
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    let text = whole(&names.join(" + "), "{ }");
    (format!("{{ {} }}: {{ {ANSWER} =\n{text}; }}", names.join(", ")), named)
}

/// A text in pieces of at most so many bytes.
fn pieces(mut text: &str, longest: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    loop {
        let mut end = longest.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        if rest.is_empty() {
            return pieces;
        }
        text = rest;
    }
}

/// `asked` and `given` are Nix expressions.
fn whole(asked: &str, given: &str) -> String {
    let mut text = String::from("let part = {\n");
    for (name, part) in PARTS {
        text.push_str(&format!("{name} = (\n{part});\n"));
    }
    text.push_str(&format!(
        "}}; in (\n{NETWORK}) {{ inherit part; asked = builtins.fromJSON ({asked}); given = {given}; }}\n"
    ));
    text
}

/// The argument set as Nix source.
fn argument_set(arguments: &[(String, String)]) -> String {
    let mut text = String::from("{\n");
    for (name, value) in arguments {
        text.push_str(&format!("  {} = (\n{value}\n  );\n", nix_string(name)));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_a_set_whose_names_are_quoted() {
        let text = argument_set(&[("a\"${b".to_owned(), "1 + 1 # two".to_owned())]);
        assert!(text.contains("  \"a\\\"\\${b\" = (\n1 + 1 # two\n  );"), "{text}");
    }

    #[test]
    fn the_whole_is_nix_and_fits_on_a_command_line() {
        let (text, parts) = of_flake(&"ä".repeat(LONGEST_ARGUMENT));
        assert_eq!(crate::syntax::parse(crate::text::FileId(0), &text).errors, []);
        assert!(text.starts_with("{ part0, part1 }:"), "{text}");
        assert!(text.len() < LONGEST_ARGUMENT, "{}", text.len());
        assert!(parts.iter().all(|(_, part)| part.len() <= LONGEST_ARGUMENT && !part.is_empty()));
        let joined: String = parts.iter().map(|(_, part)| part.as_str()).collect();
        assert_eq!(joined, "ä".repeat(LONGEST_ARGUMENT));
    }
}
