//! Writes what is generated from the checks' pages under `UPDATE=1`, and compares it otherwise: `docs/checks/*.md` and
//! the table in the README.

#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the repository's own files")]

use std::path::{Path, PathBuf};

use super::{Check, all};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn compare(path: &Path, wanted: &str) {
    let update = std::env::var_os("UPDATE").is_some();
    if update {
        std::fs::write(path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "{} is out of date: run the tests with UPDATE=1", path.display());
}

fn document(check: &Check) -> String {
    format!(
        "# {}\n\nLevel: {}. Since {}. `nixwright explain {}` prints this page.\n\n{}",
        check.id,
        check.level,
        check.since,
        check.id,
        check.page().replace("\n# ", "\n## ").replacen("# ", "## ", 1)
    )
}

#[test]
fn pages_are_up_to_date() {
    let folder = root().join("docs/checks");
    std::fs::create_dir_all(&folder).unwrap();
    for check in all() {
        compare(&folder.join(format!("{}.md", check.id)), &document(check));
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = all().iter().any(|check| format!("{}.md", check.id) == name);
        assert!(known, "docs/checks/{name} is the page of no check");
    }
}

#[test]
fn the_table_of_the_readme_is_up_to_date() {
    const BEGIN: &str = "<!-- checks: begin (written by a test) -->\n";
    const END: &str = "<!-- checks: end -->";
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the marker where the table begins");
    let (_, after) = rest.split_once(END).expect("the README has the marker where the table ends");
    let rows: String = all()
        .iter()
        .map(|check| {
            let summary = check.summary().replace('|', "\\|");
            format!("| [`{0}`](docs/checks/{0}.md) | {1} | {2} |\n", check.id, check.level, summary)
        })
        .collect();
    let table = format!("| check | level | what it finds |\n| --- | --- | --- |\n{rows}");
    compare(&path, &format!("{before}{BEGIN}{table}{END}{after}"));
}

#[test]
fn checks_are_sorted_and_every_file_is_registered() {
    let ids: Vec<&str> = all().iter().map(|check| check.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted, "the registry is sorted by name");
    for entry in std::fs::read_dir(root().join("src/checks")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("\ncheck! {") {
            let id = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            assert!(ids.contains(&id.as_str()), "{id} is not in the registry");
        }
    }
}

#[test]
fn names_read_well_after_allow() {
    for check in all() {
        let plain = check.id.chars().all(|it| it.is_ascii_lowercase() || it == '-');
        assert!(plain && !check.id.starts_with("no-m") || check.id == "no-machines", "{}", check.id);
    }
}

/// For editors; the words of the file are those that `project` reads.
#[test]
fn the_schema_of_nixwright_toml_is_up_to_date() {
    let levels = serde_json::json!({ "enum": ["off", "hint", "warning", "error"] });
    let checks: serde_json::Map<String, serde_json::Value> = all()
        .iter()
        .map(|check| {
            let mut level = levels.clone();
            level["description"] = check.summary().into();
            level["default"] = check.level.as_str().into();
            (check.id.to_owned(), level)
        })
        .collect();
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nixwright.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "check": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "baseline": {
                        "type": "string",
                        "description": "The file with the findings that are known and do not count.",
                    },
                    "deny-warnings": { "type": "boolean", "description": "Whether warnings fail the check, as errors do." },
                    "ignore": {
                        "type": "array",
                        "items": { "type": "string" },
                        "description": "Patterns of files whose findings are not reported.",
                    },
                    "options": {
                        "type": "string",
                        "description": "The schema of NixOS' options: a file, `auto` or `none`.",
                    },
                },
            },
            "checks": { "$ref": "#/$defs/levels", "description": "Levels of checks." },
            "paths": {
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/levels" },
                "description": "Levels of checks in the files that fit a pattern.",
            },
        },
        "$defs": { "levels": { "type": "object", "additionalProperties": false, "properties": checks } },
    });
    compare(&root().join("docs/formats/nixwright-toml.schema.json"), &format!("{schema:#}\n"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let page = std::fs::read_to_string(root().join("docs/nixwright-toml.md")).unwrap();
    let (_, example) = page.split_once("```toml\n").expect("the page has an example");
    let example = example.split_once("```").expect("the example ends").0;
    let mut sources = crate::text::Sources::default();
    assert!(super::read_project(&mut sources, Path::new("/nixwright.toml"), example).is_ok());
    let document: serde_json::Value = toml::from_str(example).unwrap();
    assert!(validator.is_valid(&document), "the example of the page");
    assert!(!validator.is_valid(&serde_json::json!({ "checks": { "no-such-check": "off" } })));
}
