//! Networks for one check each: those in `bad` have a finding of the check on each line that ends in `# error`,
//! `# warning` or `# hint`, and on no other; those in `good` look alike and have none. What other checks find in them does not
//! matter here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::system::OsFiles;
use nixwright::{Levels, Network, Request, checks};

use crate::cases::root;

/// The lines on which the check has findings, each with its level.
fn found(id: &str, path: &Path) -> Vec<(u32, String)> {
    let request = Request::new(Arc::new(OsFiles), vec![path.to_owned()]);
    let network = Network::load(&request).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let found = checks::run(&network, &Levels::default());
    let here = found.into_iter().filter(|it| it.id == id);
    here.map(|it| (network.sources().position(it.span).line, it.level.to_string())).collect()
}

/// The lines that are marked.
fn marked(path: &Path) -> Vec<(u32, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mark = |line: &str| {
        let (_, word) = line.rsplit_once("# ")?;
        ["error", "warning", "hint"].contains(&word).then(|| word.to_owned())
    };
    (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, mark(line)?))).collect()
}

fn networks(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.retain(|it| !it.to_string_lossy().ends_with("-input"));
    paths.sort();
    for path in &paths {
        assert!(path.extension().is_some_and(|it| it == "nix"), "{} belongs to no case", path.display());
    }
    paths
}

#[test]
fn networks_of_checks_have_what_is_marked() {
    let mut faults = Vec::new();
    for entry in std::fs::read_dir(root().join("checks")).unwrap() {
        let folder = entry.unwrap().path();
        let id = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(checks::find(&id).is_some(), "grammar-tests/checks/{id} is about no check");
        for inner in std::fs::read_dir(&folder).unwrap() {
            let name = inner.unwrap().file_name();
            assert!(
                name == "bad" || name == "good",
                "no test reads grammar-tests/checks/{id}/{}",
                name.display()
            );
        }
        let (bad, good) = (networks(&folder.join("bad")), networks(&folder.join("good")));
        for path in &bad {
            let wanted = marked(path);
            assert!(!wanted.is_empty(), "{} marks no line", path.display());
            let found = found(&id, path);
            if found != wanted {
                faults.push(format!("{}: found {found:?}, marked {wanted:?}", path.display()));
            }
        }
        for path in &good {
            assert_eq!(marked(path), [], "{} is good, and marks a line", path.display());
            let found = found(&id, path);
            if !found.is_empty() {
                faults.push(format!("{}: found {found:?}", path.display()));
            }
        }
        // Every way to be wrong has its look-alike.
        let names = |paths: &[PathBuf]| -> BTreeSet<String> {
            paths.iter().map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&bad), names(&good), "the networks of {id} come in pairs");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// No format shows what the check finds, nor do findings of others that stand beside it.
#[test]
fn secrets_are_not_shown() {
    use nixwright::findings::{Finding, Level};
    use nixwright::report::findings::{Extent, Format, Look, Report, render};

    let secrets = [
        "Zx9Yw8Vu7",
        "QPZRY9X8GF2",
        "b3BlbnNza",
        "c2VjcmV0c2",
        "fish and chips",
        "Kd0Ib1HjZs8pQw",
        "hunter2",
        "espresso doppio",
        "yAnz5TF",
    ];
    let mut hidden = 0;
    for path in networks(&root().join("checks/secret-in-store/bad")) {
        let network = Network::load(&Request::new(Arc::new(OsFiles), vec![path.clone()])).unwrap();
        let mut findings = checks::run(&network, &Levels::default());
        hidden += findings.iter().map(|it| it.hidden.len()).sum::<usize>();
        // Something that is to be said of each line.
        let file = network.files[0];
        let text = &network.sources().file(file).text;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + u32::try_from(line.trim_end().len()).unwrap();
            let span = nixwright::text::Span::new(file, start, end);
            findings.push(Finding::new("always-fails", Level::Hint, span, "a line"));
            start += u32::try_from(line.len()).unwrap();
        }
        let extent = Extent::default();
        let folder = path.parent().unwrap();
        let report = Report {
            findings: &findings,
            sources: network.sources(),
            extent: &extent,
            working_folder: folder,
        };
        for format in [Format::Human, Format::Json, Format::Sarif, Format::Github, Format::Short] {
            let shown = render(&report, format, Look { colour: false, width: 200 });
            for secret in secrets {
                assert!(!shown.contains(secret), "{format:?} shows `{secret}`:\n{shown}");
            }
        }
    }
    assert!(hidden >= secrets.len() - 1, "only {hidden} places are hidden");
}
