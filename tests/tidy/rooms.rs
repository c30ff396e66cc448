//! The rules about walls: which room may use which room, and which room may use which crate.

use std::collections::{BTreeMap, BTreeSet};

use super::rust_code::{line_at, test_lines, words};
use super::tree::{SourceFile, Tree, rust, text_of};

/// Facts that hold in one place: a crate (as code spells it) and the rooms that may use it.
const FACTS: [(&str, &[&str]); 14] = [
    ("async_lsp", &["lsp"]),
    ("clap", &["cli"]),
    ("comfy_table", &["report"]),
    ("lsp_types", &["lsp"]),
    ("miette", &["report"]),
    ("age", &["state"]),
    ("mimalloc", &["main"]),
    ("openssh", &["ssh"]),
    ("petgraph", &["graph", "plan"]),
    ("rnix", &["syntax"]),
    ("rowan", &["syntax"]),
    ("rustix", &["system"]),
    ("sqlx", &["state"]),
    ("tower_layer", &["lsp"]),
];

/// The floors as the crate page gives them: lines like ``//! - [`text`] (floor 0): …``.
fn floors(tree: &Tree) -> BTreeMap<&str, u32> {
    let lines = text_of(tree, "src/lib.rs").lines();
    let rooms = lines.filter_map(|line| {
        let (name, rest) = line.strip_prefix("//! - [`")?.split_once("`] (")?;
        let (floor, _) = rest.split_once(')')?;
        Some((name, floor.trim_start_matches("floor ").parse().ok()?))
    });
    rooms.collect()
}

pub(crate) fn rooms_have_a_floor(tree: &Tree) -> Vec<String> {
    let floors = floors(tree);
    let rooms: BTreeSet<&str> = rust(tree).filter_map(SourceFile::room).collect();
    let missing =
        rooms.into_iter().filter(|room| !["lib", "main"].contains(room) && !floors.contains_key(room));
    missing
        .map(|room| format!("src/lib.rs:1: the room `{room}` has no line with its floor in the crate page"))
        .collect()
}

pub(crate) fn rooms_use_lower_floors_only(tree: &Tree) -> Vec<String> {
    let floors = floors(tree);
    let mut broken = Vec::new();
    for file in rust(tree) {
        let Some((room, floor)) = file.room().and_then(|room| Some((room, *floors.get(room)?))) else {
            continue;
        };
        for at in words(&file.code, "crate") {
            let line = line_at(&file.code, at);
            let Some(path) = file.code[at..].strip_prefix("crate::") else { continue };
            for used in first_names(path) {
                if used == room {
                    continue;
                }
                match floors.get(used) {
                    Some(below) if *below < floor => {}
                    Some(other) => broken.push(file.at(
                        line,
                        format!("`{room}` (floor {floor}) uses `{used}` (floor {other}); a room uses lower floors only"),
                    )),
                    None => {
                        broken.push(file.at(line, format!("`crate::{used}` is no room; name the room it lives in")));
                    }
                }
            }
        }
        // `super` may not climb out of the room, where the rule above could not see it.
        let depth = file.path.split('/').count() - if file.path.ends_with("/mod.rs") { 2 } else { 1 };
        for (at, _) in file.code.match_indices("super::super") {
            let climbs = file.code[at..].split("::").take_while(|part| *part == "super").count();
            let line = line_at(&file.code, at);
            let inline = usize::from(test_lines(&file.code).iter().any(|range| range.contains(&line)));
            if climbs >= depth + inline {
                broken.push(file.at(line, "`super` climbs out of the room; write `crate::` and the room"));
            }
        }
    }
    broken
}

/// The first names of a path or of a group of paths: `a` of `a::b`, `a` and `c` of `{a::b, c::{d, e}}`.
pub(crate) fn first_names(path: &str) -> Vec<&str> {
    let name = |text: &str| text.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(text.len());
    let Some(group) = path.strip_prefix('{') else { return vec![&path[..name(path)]] };
    let (mut depth, mut names, mut start) = (0, Vec::new(), true);
    for (at, it) in group.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && !it.is_whitespace() => {
                names.push(&group[at..at + name(&group[at..])]);
                start = false;
            }
            _ => {}
        }
    }
    names
}

pub(crate) fn facts_hold_in_one_place(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust(tree).filter(|file| file.path.starts_with("src/")) {
        for (name, rooms) in FACTS {
            if rooms.contains(&file.room().unwrap_or_default()) {
                continue;
            }
            for at in uses_of(&file.code, name) {
                let rule = format!("`{name}` is used only in {}", rooms.join(" and "));
                broken.push(file.at(line_at(&file.code, at), rule));
            }
        }
    }
    broken
}

/// Where code names a crate: as the head of a path, in a `use`, or as a macro.
fn uses_of<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    words(code, name).filter(move |at| {
        let (before, after) = (code[..*at].trim_end(), &code[*at + name.len()..]);
        let head = !before.ends_with("::") || before.ends_with(" ::");
        let inner = after.starts_with("::") && !after.starts_with("::<");
        head && !before.ends_with('.') && (inner || after.starts_with('!') || before.ends_with("use"))
    })
}

/// The names in one section of Cargo.toml with their lines.
fn dependencies<'a>(tree: &'a Tree, section: &str) -> Vec<(usize, &'a str)> {
    let lines = text_of(tree, "Cargo.toml").lines().enumerate();
    let below =
        lines.skip_while(|(_, line)| *line != section).skip(1).take_while(|(_, line)| !line.starts_with('['));
    below.filter_map(|(index, line)| Some((index + 1, line.split_once(" = ")?.0))).collect()
}

pub(crate) fn dependencies_are_explained_and_used(tree: &Tree) -> Vec<String> {
    let page = text_of(tree, "src/lib.rs");
    let explained = page.split_once("# Dependencies").map_or("", |(_, section)| section);
    let used = |name: &str, file: &SourceFile| {
        uses_of(&file.code, name).next().is_some() || file.code.contains(&format!("#[{name}("))
    };
    let mut broken = Vec::new();
    for (section, in_source) in [("[dependencies]", true), ("[dev-dependencies]", false)] {
        for (line, name) in dependencies(tree, section) {
            // The library of this one package does not have the package's name.
            let spelled = if name == "md-5" { "md5".to_owned() } else { name.replace('-', "_") };
            if in_source && !explained.contains(&format!("`{name}`")) {
                broken.push(format!(
                    "Cargo.toml:{line}: `{name}` has no line in src/lib.rs that says what it is for"
                ));
            }
            let wanted = |file: &&SourceFile| !in_source || file.path.starts_with("src/");
            if !rust(tree).filter(wanted).any(|file| used(&spelled, file)) {
                broken.push(format!("Cargo.toml:{line}: `{name}` is not used"));
            }
        }
    }
    broken
}
