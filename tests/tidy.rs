//! The house rules as tests: each reads the source tree and names file, line and rule where one is broken.
//!
//! Floors and dependencies are read from `src/lib.rs`, which is the map of the house. What a compiler, clippy or
//! rustfmt already refuses is not repeated here. The rules are functions over a tree, tried on bad trees below.

#![expect(clippy::disallowed_methods, reason = "the rules are about the files of the repository")]

#[path = "tidy/habits.rs"]
mod habits;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/rust_code.rs"]
mod rust_code;
#[path = "tidy/tree.rs"]
mod tree;

use habits::{
    files_are_short, files_open_with_what_they_are_for, lints_are_silenced_with_a_reason,
    names_say_what_a_thing_is, no_file_is_forgotten, nothing_is_left_for_later, nothing_unwraps,
};
use rooms::{
    dependencies_are_explained_and_used, facts_hold_in_one_place, rooms_have_a_floor,
    rooms_use_lower_floors_only,
};
use rust_code::code_of;
use tree::{SourceFile, Tree, repository};

type Rule = fn(&Tree) -> Vec<String>;

/// The rules, each with a tree of one file that breaks it once.
const RULES: [(Rule, &str, &str); 13] = [
    (rooms_have_a_floor, "src/attic/mod.rs", "//! x"),
    (rooms_use_lower_floors_only, "src/text/mod.rs", "//! x\nuse crate::{system::System, text::Span};"),
    (rooms_use_lower_floors_only, "src/findings/a/b.rs", "//! x\nuse super::super::super::text;"),
    (facts_hold_in_one_place, "src/text/mod.rs", "//! x\nfn f(p: &sqlx::SqlitePool) {}"),
    (files_open_with_what_they_are_for, "fixtures/a.nix", "{ }"),
    (names_say_what_a_thing_is, "src/text/mod.rs", "//! x\nstruct SpanInfo;"),
    (files_are_short, "src/text/mod.rs", LONG_FILE),
    (nothing_is_left_for_later, "src/text/mod.rs", concat!("//! x\n// TO", "DO: more")),
    (lints_are_silenced_with_a_reason, "src/text/mod.rs", "//! x\n#[expect(dead_code)]\nfn f() {}"),
    (
        nothing_unwraps,
        "src/text/mod.rs",
        "//! x\nfn f() { g().unwrap(); }\n#[cfg(test)]\nmod tests {\n    x.unwrap()\n}",
    ),
    (dependencies_are_explained_and_used, "Cargo.toml", "[dependencies]\nserde = \"1\""),
    (no_file_is_forgotten, "src/text/lost.rs", "//! x"),
    (no_file_is_forgotten, "fuzz/targets/lost.rs", "//! x"),
];

const LONG_FILE: &str = concat!(
    include_str!("tidy/rooms.rs"),
    include_str!("tidy/rooms.rs"),
    include_str!("tidy/rooms.rs"),
    include_str!("tidy/rooms.rs"),
);

fn rooms_of_a_sound_house() -> Tree {
    let page = "//! - [`text`] (floor 0): x\n//! - [`system`] (0): x\n//! - [`findings`] (1): x\n//! # Dependencies\n//! `serde`: x";
    vec![SourceFile::new("src/lib.rs", page)]
}

#[test]
fn every_rule_can_be_broken() {
    for (rule, path, text) in RULES {
        assert_eq!(
            rule(&rooms_of_a_sound_house()),
            Vec::<String>::new(),
            "{path}: a sound house breaks no rule"
        );
        let mut tree = rooms_of_a_sound_house();
        tree.push(SourceFile::new(path, text));
        let broken = rule(&tree);
        assert_eq!(broken.len(), 1, "{path}: {text}\n{broken:#?}");
        assert!(broken[0].contains(".rs:") || broken[0].starts_with(path), "{}", broken[0]);
    }
}

#[test]
fn code_is_told_from_comments_and_strings() {
    let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" i r#\"j \" k\"# l 'm' '\\'' n<'o> b\"p\" '\u{e4}' q";
    let code = code_of(text);
    assert_eq!(code.len(), text.len());
    let left: Vec<_> = code.split_whitespace().collect();
    assert_eq!(left, ["a", "e", "i", "l", "n<", "o>", "b", "q"]);
}

#[test]
fn the_house_is_tidy() {
    let tree = repository();
    assert!(tree.iter().any(|file| file.path == "src/lib.rs"), "the tree that was read is this repository");
    let mut rules: Vec<Rule> = RULES.iter().map(|(rule, ..)| *rule).collect();
    rules.dedup_by(|a, b| std::ptr::fn_addr_eq(*a, *b));
    let broken: Vec<String> = rules.iter().flat_map(|rule| rule(&tree)).collect();
    assert!(broken.is_empty(), "{} breaks of the house rules:\n{}", broken.len(), broken.join("\n"));
}
