//! Runs the examples of the checks' pages as tests.
//!
//! A file of an example begins at a line `#- /path.nix`; what stands before the first such line is `/network.nix`. Files
//! directly below `/` are given on the command line, in their order; those in folders are there to be imported. A line
//! `#- --argstr name value` gives an argument; `#- --options` lets a small schema of our own say which options NixOS has; `#- --git a.nix b.nix` makes a work tree of git that has these files; `#- --nix KIND MACHINE LINE:COLUMN TEXT` is what Nix says there. Lines of bad examples that end in `# error`, `# warning` or `# hint` have one finding of
//! that level that begins there, and no other line has any.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::findings::{Edit, Finding};
use crate::network::{Arguments, Frame, Network, Position, RemarkKind, Request, Told};
use crate::options::schema::Schema;
use crate::system::{Files, OverlayFiles};

use super::page::{Example, Kind, examples};
use super::{Check, Levels};

/// What `#- --options` lets NixOS have.
const OPTIONS: &str = include_str!("example-options.json");

const HEADINGS: [&str; 5] =
    ["# What it finds", "# Why it is bad", "# What to do instead", "# What it cannot see", "# Examples"];

/// All that a page must be.
pub(super) fn check_page(check: &Check) {
    let file = Path::new(check.file).file_stem().and_then(|it| it.to_str()).unwrap_or_default();
    assert_eq!(check.id, file.replace('_', "-"), "the id is the name of the file");
    let page = check.page();
    let headings: Vec<&str> =
        page.lines().filter(|line| line.starts_with("# ") && HEADINGS.contains(line)).collect();
    assert_eq!(headings, HEADINGS, "the headings of {}", check.id);
    assert!(check.summary().ends_with('.'), "the page of {} begins with a sentence", check.id);

    let examples = examples(&page);
    let has = |kind| examples.iter().any(|it| it.kind == kind);
    assert!(has(Kind::Bad) && has(Kind::Good), "{} needs a bad and a good example", check.id);
    let mut last_bad = None;
    for example in &examples {
        match example.kind {
            Kind::Bad => {
                run_bad(check, example);
                last_bad = Some(example);
            }
            Kind::Good => {
                let (network, found) = run(example);
                assert!(
                    found.is_empty(),
                    "a good example of {} has findings:\n{}",
                    check.id,
                    list(&network, &found)
                );
            }
            Kind::Fixed => run_fixed(check, last_bad.expect("a fixed example follows a bad one"), example),
        }
    }
}

fn run_bad(check: &Check, example: &Example) {
    let (network, found) = run(example);
    let mut expected = String::new();
    for (path, text) in files(example) {
        for (number, line) in text.lines().enumerate() {
            if let Some(level) = marker(line) {
                let _ = writeln!(expected, "{}:{}: {level}: {}", path.display(), number + 1, check.id);
            }
        }
    }
    assert!(!expected.is_empty(), "a bad example of {} marks no line", check.id);
    let mut actual: Vec<String> = found.iter().map(|it| place(&network, it)).collect();
    let mut wanted: Vec<String> = expected.lines().map(str::to_owned).collect();
    actual.sort();
    wanted.sort();
    assert_eq!(actual, wanted, "a bad example of {}:\n{}", check.id, list(&network, &found));
}

fn run_fixed(check: &Check, bad: &Example, fixed: &Example) {
    let (network, found) = run(bad);
    let edits: Vec<&Edit> = found
        .iter()
        .filter(|it| it.id == check.id)
        .filter_map(|it| it.fixes.iter().find(|fix| fix.safe))
        .flat_map(|fix| &fix.edits)
        .collect();
    let sources = network.sources();
    for (path, text) in files(bad) {
        let file = sources.find(&path);
        let mut repaired = text.clone();
        let mut here: Vec<&&Edit> = edits.iter().filter(|edit| Some(edit.span.file) == file).collect();
        here.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        for edit in here {
            repaired.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
        }
        let (_, wanted) = files(fixed)
            .into_iter()
            .find(|(it, _)| *it == path)
            .expect("the fixed example has the same files");
        assert_eq!(without_markers(&repaired), without_markers(&wanted), "the fix of {}", check.id);
    }
    let (network, found) = run(&Example { kind: Kind::Fixed, text: without_markers(&fixed.text) });
    assert!(
        found.iter().all(|it| it.id != check.id),
        "the fixed example of {} still has findings:\n{}",
        check.id,
        list(&network, &found)
    );
}

fn without_markers(text: &str) -> String {
    text.lines()
        .map(|line| match marker(line) {
            Some(_) => format!("{}\n", line.rsplit_once("# ").map_or(line, |(code, _)| code).trim_end()),
            None => format!("{line}\n"),
        })
        .collect()
}

fn marker(line: &str) -> Option<&str> {
    let (_, word) = line.rsplit_once("# ")?;
    ["error", "warning", "hint"].into_iter().find(|it| *it == word.trim_end())
}

/// The files of an example with their texts.
fn files(example: &Example) -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for line in example.text.lines() {
        if let Some(path) = line.strip_prefix("#- /") {
            files.push((Path::new("/").join(path.trim()), String::new()));
        } else if !line.starts_with("#- ") {
            if files.is_empty() {
                files.push((PathBuf::from("/network.nix"), String::new()));
            }
            if let Some((_, text)) = files.last_mut() {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    files
}

/// Every bad example of every check, with what is found in it: for those who print or repair findings.
pub(crate) fn bad_examples() -> Vec<(&'static str, Network, Vec<Finding>)> {
    let mut all = Vec::new();
    for check in super::all() {
        for example in examples(&check.page()).iter().filter(|it| it.kind == Kind::Bad) {
            let (network, found) = run(example);
            all.push((check.id, network, found));
        }
    }
    all
}

/// A bad example that is followed by its repair.
pub(crate) struct Repairable {
    pub(crate) id: &'static str,
    pub(crate) request: Request,
    pub(crate) bad: Vec<(PathBuf, String)>,
    pub(crate) fixed: Vec<(PathBuf, String)>,
}

/// Every repair that a page shows.
pub(crate) fn repairable() -> Vec<Repairable> {
    let mut all = Vec::new();
    for check in super::all() {
        let mut bad = None;
        for example in examples(&check.page()) {
            if example.kind == Kind::Fixed {
                let bad: &Example = bad.as_ref().expect("a fixed example follows a bad one");
                let texts = |it| -> Vec<(PathBuf, String)> {
                    files(it).into_iter().map(|(path, text)| (path, without_markers(&text))).collect()
                };
                all.push(Repairable {
                    id: check.id,
                    request: request(bad),
                    bad: texts(bad),
                    fixed: texts(&example),
                });
            } else if example.kind == Kind::Bad {
                bad = Some(example);
            }
        }
    }
    all
}

fn run(example: &Example) -> (Network, Vec<Finding>) {
    let request = request(example);
    let mut network = Network::load(&request).expect("the example's files are there");
    let told: Vec<Told> =
        example.text.lines().filter_map(|line| line.strip_prefix("#- --nix ")).map(told).collect();
    network.tell(&request, &told);
    let found = super::run(&network, &Levels::default());
    (network, found)
}

fn request(example: &Example) -> Request {
    let files = files(example);
    let mut overlay = OverlayFiles::alone();
    for (path, text) in &files {
        overlay.put(path, text.as_str());
    }
    if let Some(names) = example.text.lines().find_map(|it| it.strip_prefix("#- --git ")) {
        overlay.put("/.git/index", git_index(names));
    }
    let mut arguments = Arguments::default();
    for line in example.text.lines() {
        if let Some(rest) = line.strip_prefix("#- --argstr ") {
            let (name, value) = rest.trim().split_once(' ').expect("--argstr has a name and a value");
            arguments.string(name, value);
        }
    }
    let inputs = files
        .iter()
        .map(|(path, _)| path.clone())
        .filter(|path| path.parent() == Some(Path::new("/")))
        .collect();
    let files: Arc<dyn Files> = Arc::new(overlay);
    let with_options = example.text.lines().any(|line| line.trim() == "#- --options");
    let options = with_options.then(|| Schema::read(OPTIONS.as_bytes()).expect("our own schema is one"));
    Request { arguments, options: options.map(Arc::new), ..Request::new(files, inputs) }
}

/// The index of git, version 2, that has these files.
fn git_index(names: &str) -> Vec<u8> {
    let names: Vec<&str> = names.split_whitespace().collect();
    let mut bytes = b"DIRC\0\0\0\x02".to_vec();
    bytes.extend(u32::try_from(names.len()).expect("examples are small").to_be_bytes());
    for name in names {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(0o100_644_u32.to_be_bytes());
        bytes.extend([0; 32]);
        bytes.extend(u16::try_from(name.len()).expect("examples are small").to_be_bytes());
        bytes.extend(name.as_bytes());
        let length = bytes.len() - start;
        bytes.resize(start + (length / 8 + 1) * 8, 0);
    }
    bytes.extend([0; 20]);
    bytes
}

/// What Nix says of the first file: `failure web 3:5 attribute 'foo' missing`.
fn told(line: &str) -> Told {
    let words: Vec<&str> = line.splitn(4, ' ').collect();
    let [kind, machine, place, text] = words[..] else { panic!("{line} says too little") };
    let kind = match kind {
        "failure" => RemarkKind::Failure,
        "assertion" => RemarkKind::Assertion,
        _ => RemarkKind::Warning,
    };
    let (line, column) = place.split_once(':').expect("a place has a line and a column");
    let number = |text: &str| text.parse().expect("lines and columns are numbers");
    let at = Position { file: "/network.nix".into(), line: number(line), column: number(column) };
    let frames = vec![Frame { text: String::new(), at: Some(at) }];
    Told { kind, machine: Some(machine.to_owned()), text: text.to_owned(), frames }
}

fn place(network: &Network, finding: &Finding) -> String {
    let at = network.sources().position(finding.span);
    format!(
        "{}:{}: {}: {}",
        network.sources().path(finding.span.file).display(),
        at.line,
        finding.level,
        finding.id
    )
}

fn list(network: &Network, found: &[Finding]) -> String {
    found.iter().map(|it| format!("{}: {}\n", place(network, it), it.message)).collect()
}
