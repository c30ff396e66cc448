//! What the server says is what `check` says from the beginning: for every example, and after every edit of a random sequence.
//! `EDITS=5000` plays more of them, `SEED=7` others.

use std::path::PathBuf;

use crate::networks::{Dice, Edited, names, tokens};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn the_server_says_of_every_example_what_check_says() {
    for name in names() {
        let mut network = Edited::new(&name);
        assert_eq!(network.server_says_of_network(), network.check_says(), "{name}");
    }
}

/// What people type, and what they would not.
const TYPED: [&str; 18] = [
    ";",
    "}",
    "{ ",
    "\"",
    "x = 1;\n",
    "imports = [ ./gone.nix ];",
    "deployment.targetHost = \"\";",
    "deployment.dependsOn = [ \"nobody\" ];",
    "targetPort = \"22\";",
    "nodes.web.config.networking.hostName",
    "let a = 1; in ",
    "é😀",
    "${",
    "''",
    "rec ",
    "# nixwright: allow(target-host-empty)\n",
    "unknown",
    " ",
];

/// Examples that differ in how they are written, and are quick to check.
const EXAMPLES: [&str; 8] = [
    "beginner",
    "three-tier-broken",
    "nixops-arguments",
    "colmena",
    "morph-machines",
    "colmena-flake",
    "nixops-cloud",
    "nixwright",
];

#[test]
fn after_every_edit_the_server_says_what_check_says() {
    let edits = number("EDITS", 500);
    let mut dice = Dice(number("SEED", 20_260_901));
    let of_each = edits.div_ceil(EXAMPLES.len() as u64);
    for name in EXAMPLES {
        let mut network = Edited::new(name);
        let whole = network.texts.clone();
        let files: Vec<PathBuf> = network.nix_files();
        let mut story: Vec<String> = Vec::new();
        for _ in 0..of_each {
            let path = &files[dice.below(files.len())];
            let text = network.texts[path].clone();
            let found = tokens(&text);
            let (start, end) = found.get(dice.below(found.len())).copied().unwrap_or_default();
            match dice.below(8) {
                0 => network.set(path, &whole[path]),
                1 => network.close(path, &whole[path]),
                2 | 3 => network.edit(path, start, end, ""),
                4 => network.edit(path, start, end, TYPED[dice.below(TYPED.len())]),
                5 => {
                    // Half of a line is taken away.
                    let rest = text[start..].find('\n').map_or(text.len(), |it| start + it);
                    network.edit(path, start, rest, "");
                }
                _ => network.edit(path, start, start, TYPED[dice.below(TYPED.len())]),
            }
            story.push(format!("{}: at {start} of {}", path.display(), text.len()));
            let last = story.len().saturating_sub(5);
            let (server, check) = (network.server_says_of_network(), network.check_says());
            assert_eq!(server, check, "{name}: {:#?}\n{}", &story[last..], network.texts[path]);
            // A text that is broken in many ways tells nothing any more.
            if dice.below(6) == 0 {
                for path in &files {
                    network.set(path, &whole[path]);
                }
            }
        }
    }
}
