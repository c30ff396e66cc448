//! What programs get to read, of every example network and every bad example of a check's page: JSON held against the
//! published schema, SARIF against its own rules and the official schema, workflow commands and editors' lines read back as
//! their readers do.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::examples::networks;
use super::run_with;
use crate::checks::harness::bad_examples;
use crate::report::findings::{Extent, Format, Look, Report, render};
use crate::report::schemas;

/// All that is printed in a format, with the name of what it is about.
fn printed(format: Format, word: &str) -> Vec<(String, String)> {
    let (files, networks) = networks();
    let mut all: Vec<(String, String)> = networks
        .iter()
        .map(|(folder, inputs)| {
            let arguments: Vec<&str> =
                ["check", "--format", word].into_iter().chain(inputs.iter().map(String::as_str)).collect();
            (folder.display().to_string(), run_with(files.clone(), folder, &arguments).stdout)
        })
        .collect();
    for (id, network, found) in bad_examples() {
        let extent = Extent { files: network.files.len(), ..Extent::default() };
        let report = Report {
            findings: &found,
            sources: network.sources(),
            extent: &extent,
            working_folder: Path::new("/"),
        };
        all.push((format!("the page of {id}"), render(&report, format, Look { colour: false, width: 80 })));
    }
    assert!(all.len() > 60);
    all
}

#[test]
fn findings_as_json_are_as_the_schema_says() {
    for (name, text) in printed(Format::Json, "json") {
        assert_eq!(schemas::errors("findings", &text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn models_as_json_are_as_the_schema_says() {
    let (files, networks) = networks();
    for (folder, inputs) in networks {
        for first in [&["show", "--json"][..], &["show", "--json", "--all"], &["show-arguments", "--json"]] {
            let paths = inputs.iter().map(|it| format!("./{it}"));
            let arguments: Vec<String> = first.iter().map(|it| (*it).to_owned()).chain(paths).collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = run_with(files.clone(), &folder, &arguments);
            // Who needs a record of deployments has none here.
            if !ran.stdout.is_empty() {
                let wrong = schemas::errors(first[0], &ran.stdout);
                assert_eq!(wrong, Vec::<String>::new(), "{}: {first:?}", folder.display());
            }
        }
    }
}

/// The official schema is not ours to keep: `SARIF_SCHEMA` names the file.
#[test]
fn sarif_is_as_the_official_schema_says() {
    let Some(path) = std::env::var_os("SARIF_SCHEMA") else {
        eprintln!("SKIPPED: SARIF_SCHEMA does not name the file of the official schema of SARIF 2.1.0");
        return;
    };
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for (name, text) in printed(Format::Sarif, "sarif") {
        let log: Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> =
            schema.iter_errors(&log).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
    }
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0" })), "the schema takes anything");
}

/// What the standard says in words: indices and bases that lead somewhere, regions that end after they begin.
#[test]
fn everything_that_sarif_points_to_is_there() {
    let mut flows = 0;
    let mut repairs = 0;
    for (name, text) in printed(Format::Sarif, "sarif") {
        let log: Value = serde_json::from_str(&text).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
            assert!(result["message"]["text"].as_str().is_some_and(|it| !it.is_empty()), "{name}");
            flows += usize::from(!result["codeFlows"].is_null());
            repairs += usize::from(!result["fixes"].is_null());
        }
        each(run, &mut |key, value| match key {
            "uriBaseId" => {
                let base = &run["originalUriBaseIds"][value.as_str().unwrap()]["uri"];
                assert!(base.as_str().is_some_and(|it| it.starts_with("file:///") && it.ends_with('/')));
            }
            "region" | "deletedRegion" => {
                let at = |name: &str| value[name].as_u64().unwrap();
                let (start, end) = ((at("startLine"), at("startColumn")), (at("endLine"), at("endColumn")));
                assert!((1, 1) <= start && start.1 >= 1 && start <= end, "{name}: {value}");
            }
            "uri" => {
                let uri = value.as_str().unwrap();
                let plain = |it: char| it.is_ascii_alphanumeric() || "-._~/%:".contains(it);
                assert!(uri.chars().all(plain), "{name}: {uri}");
            }
            _ => {}
        });
    }
    assert!(flows > 1 && repairs > 3, "{flows} flows, {repairs} repairs");
}

/// Every attribute below a value.
fn each(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(set) => {
            for (key, value) in set {
                look(key, value);
                each(value, look);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| each(it, look)),
        _ => {}
    }
}

/// A workflow command as GitHub's runner takes it apart.
fn command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let text = |it: &str| it.replace("%0D", "\r").replace("%0A", "\n");
    let property = |it: &str| text(it).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let properties = properties
        .split(',')
        .map(|it| it.split_once('=').expect("a property has a value"))
        .map(|(name, value)| (name.to_owned(), property(value)))
        .collect();
    Some((name.to_owned(), properties, text(message).replace("%25", "%")))
}

#[test]
fn workflow_commands_are_read_back() {
    let mut many = 0;
    for (name, text) in printed(Format::Github, "github") {
        let lines: Vec<&str> = text.lines().collect();
        let commands: Vec<_> = lines.iter().filter_map(|line| command(line)).collect();
        let others: Vec<_> = lines.iter().filter(|line| command(line).is_none()).collect();
        assert!(others[0].starts_with("checked "), "{name}: {text}");
        let rank = |it: &str| ["error", "warning", "notice"].iter().position(|level| *level == it).unwrap();
        assert!(commands.is_sorted_by_key(|(level, ..)| rank(level)), "{name}: {text}");
        for (_, properties, message) in &commands {
            assert!(crate::checks::find(&properties["title"]).is_some(), "{name}: {text}");
            assert!(!message.is_empty() && properties["line"].parse::<u32>().is_ok(), "{name}: {text}");
            assert_eq!(properties.contains_key("col"), properties["line"] == properties["endLine"]);
        }
        many += commands.len();
    }
    assert!(many > 50);
}

#[test]
fn what_is_special_in_a_workflow_command_is_escaped() {
    let mut files = crate::system::OverlayFiles::alone();
    files.put("/a/b,c: 100%.nix", "{ web.deployment.targetHost = throw \"50%: no,\n::error::x\"; }");
    let ran = run_with(
        std::sync::Arc::new(files),
        Path::new("/a"),
        &["check", "--format", "github", "b,c: 100%.nix"],
    );
    let commands: Vec<_> = ran.stdout.lines().filter_map(command).collect();
    assert_eq!(commands.len(), 1, "{}", ran.stdout);
    assert_eq!(commands[0].1["file"], "b,c: 100%.nix");
    assert!(commands[0].2.contains("50%: no,\n::error::x"), "{:?}", commands[0]);
}

/// The attributes that GitLab documents, with what it takes in them. Of two findings with one fingerprint it shows one.
#[test]
fn code_quality_is_as_gitlab_documents_it() {
    let mut many = 0;
    for (name, text) in printed(Format::Gitlab, "gitlab") {
        let issues: Value = serde_json::from_str(&text).unwrap();
        let mut fingerprints = std::collections::BTreeSet::new();
        for issue in issues.as_array().unwrap() {
            let keys: Vec<&str> = issue.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["description", "check_name", "fingerprint", "severity", "location"]);
            assert!(issue["description"].as_str().is_some_and(|it| !it.is_empty()), "{name}");
            assert!(crate::checks::find(issue["check_name"].as_str().unwrap()).is_some(), "{name}");
            assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap()), "{name}: {issue}");
            let severities = ["info", "minor", "major", "critical", "blocker"];
            assert!(severities.contains(&issue["severity"].as_str().unwrap()), "{name}");
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.is_empty() && !path.starts_with("./") && !path.starts_with('/'), "{name}: {path}");
            assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|it| it > 0), "{name}");
            many += 1;
        }
    }
    assert!(many > 50);
}

#[test]
fn a_table_has_a_row_for_each_finding() {
    let mut many = 0;
    for (name, text) in printed(Format::Markdown, "markdown") {
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
        for row in &rows {
            let bars = row.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 5, "{name}: {row}");
        }
        assert!(text.starts_with("### nixwright check\n\n") && text.contains("\nchecked "), "{name}: {text}");
        many += rows.len();
    }
    assert!(many > 50);
}

#[test]
fn every_short_line_has_its_parts() {
    let line = regex::Regex::new(r"^([^:]+):(\d+):(\d+): (error|warning|hint): (.+) \[([a-z-]+)\]$").unwrap();
    let mut many = 0;
    for (name, text) in printed(Format::Short, "short") {
        for it in text.lines() {
            let parts = line.captures(it).unwrap_or_else(|| panic!("{name}: {it}"));
            assert!(crate::checks::find(&parts[6]).is_some(), "{name}: {it}");
            many += 1;
        }
    }
    assert!(many > 50);
}

/// The format that `docs/formats/README.md` names, in the editor itself.
#[test]
fn vim_reads_short_lines() {
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats/README.md");
    let index = std::fs::read_to_string(index).unwrap();
    let format = index.split('`').find(|it| it.starts_with("set errorformat=")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lines: String = printed(Format::Short, "short").into_iter().map(|(_, text)| text).collect();
    std::fs::write(folder.path().join("lines"), &lines).unwrap();
    let list = "call writefile(map(getqflist(), {i, v -> bufname(v.bufnr) . ':' . v.lnum . ':' . v.col . ': ' . \
                v.type . ' ' . v.text}), 'read')";
    let vim = std::process::Command::new("vim")
        .args([
            "-u",
            "NONE",
            "-i",
            "NONE",
            "-es",
            "-c",
            format,
            "-c",
            "cgetfile lines",
            "-c",
            list,
            "-c",
            "qa!",
        ])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .status();
    if vim.is_err() {
        eprintln!("SKIPPED: there is no vim to read the lines with");
        return;
    }
    let read = std::fs::read_to_string(folder.path().join("read")).unwrap();
    let wanted: Vec<String> = lines
        .lines()
        .map(|line| {
            let (place, rest) = line.split_once(": ").unwrap();
            let (level, message) = rest.split_once(": ").unwrap();
            format!("{place}: {} {message}", &level[..1])
        })
        .collect();
    assert_eq!(read.lines().collect::<Vec<_>>(), wanted);
}
