//! Findings in sources that are hard to show: what people see of them on narrow and wide screens is kept in
//! `fixtures/output`, written under `UPDATE=1` and compared otherwise.

#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the repository's own files")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr;

use super::{Extent, Format, Look, Report, render};
use crate::findings::{Edit, Finding, Level};
use crate::text::{FileId, Sources, Span};

/// The place of a word in a file.
fn at(sources: &Sources, file: FileId, word: &str) -> Span {
    let start = sources.file(file).text.find(word).expect("the word stands in the file");
    let offset = |at: usize| u32::try_from(at).expect("it is a small file");
    Span::new(file, offset(start), offset(start + word.len()))
}

fn wrong(span: Span, message: &str) -> Finding {
    Finding::new("target-port", Level::Error, span, message).note("this")
}

/// Each with what is hard about it.
fn cases() -> Vec<(&'static str, Sources, Vec<Finding>)> {
    let mut cases = Vec::new();
    let mut one = |name, text: &str, word: &str| {
        let mut sources = Sources::default();
        let file = sources.add("/net/a.nix", text);
        let span = at(&sources, file, word);
        let edit = Edit { span, text: "22".to_owned() };
        let found =
            wrong(span, "something is wrong here").help("do it better").fix("write `22`", true, vec![edit]);
        cases.push((name, sources, vec![found]));
    };
    let filler = "a = 1; ".repeat(700);
    one("a line of 10,000 columns", &format!("{{ {filler}here = 2; {filler}}}"), "here = 2");
    one("a long line around a place at its end", &format!("{{ {filler}here = 2; }}"), "here = 2");
    one("a long line around a place at its beginning", &format!("{{ here = 2; {filler}}}"), "here = 2");
    one("a place longer than the screen", &format!("{{ {filler}}}"), &filler);
    one("tabs", "{\n\tx = {\n\t\tport\t= \"22\";\n\t};\n}\n", "\"22\"");
    one("line ends of Windows", "{\r\n  port = \"22\";\r\n}\r\n", "\"22\"");
    one("wide characters", "{ 説明 = \"漢字\"; port = \"22\"; }", "\"22\"");
    one("combining characters", "{ e\u{301}te\u{301} = \"o\u{308}\"; port = \"22\"; }", "\"22\"");
    one("emoji", "{ a = \"🚀 👩\u{200d}🚀 🇩🇪\"; port = \"22\"; }", "\"22\"");
    one("characters that look like nothing", "{ we\u{200b}b.\u{feff}port = \"22\"; }", "\"22\"");
    one(
        "a change of the reading direction",
        "{ a = \"\u{202e}gro.elpmaxe\u{2066}\"; port = \"22\"; }",
        "\"22\"",
    );
    one(
        "what acts on a terminal",
        "{ a = \"\u{1b}[31m\u{7}\u{9b}2J\u{1b}]0;x\u{7}\"; port = \"22\"; }",
        "\"22\"",
    );
    one("an empty file", "", "");
    one("a place at the end of the file", "{ a = 1;\n", "\n");
    one("a place at the end without a line break", "{ a = 1; b", "b");
    one(
        "a place over a few lines",
        "{\n  a = {\n    b = 1;\n    c = 2;\n  };\n}\n",
        "{\n    b = 1;\n    c = 2;\n  }",
    );
    let many: String = (0..40).map(|number| format!("  a{number} = {number};\n")).collect();
    one("a place over many lines", &format!("{{\n{many}}}\n"), &format!("{{\n{many}}}"));

    let mut sources = Sources::default();
    let used =
        sources.add("/net/config.nix", "{\n  web = { nodes, ... }: { x = nodes.tagret.config; };\n}\n");
    let defined = sources.add("/net/target.nix", "{\n  target.deployment.targetHost = \"10.0.0.1\";\n}\n");
    let elsewhere = sources.add("/nix/store/00000000000000000000000000000000-source/module.nix", "{ }\n");
    let found = wrong(at(&sources, used, "tagret"), "there is no machine called `tagret`")
        .label(at(&sources, defined, "target"), "a machine with almost this name")
        .label(at(&sources, elsewhere, "{ }"), "which this module expects")
        .help("did you mean `target`?");
    cases.push(("several files", sources, vec![found]));

    let mut sources = Sources::default();
    let file = sources.add("/net/a.nix", "{ a = b + c + d + e; }\n");
    let found = wrong(
        at(&sources, file, "b"),
        "many things come together, which are told in a message that is too long for a narrow screen",
    )
    .label(at(&sources, file, "c"), "the second")
    .label(at(&sources, file, "d"), "the third")
    .label(at(&sources, file, "e"), "the fourth, with rather more to say about it than the others");
    cases.push(("many places on one line", sources, vec![found]));
    cases
}

fn shown(width: usize, colour: bool) -> String {
    let mut text = String::new();
    for (name, sources, findings) in cases() {
        let extent = Extent { files: sources.len(), machines: 1, ..Extent::default() };
        let report = Report {
            findings: &findings,
            sources: &sources,
            extent: &extent,
            working_folder: Path::new("/net"),
        };
        let report = render(&report, Format::Human, Look { colour, width });
        let _ = writeln!(text, "--- {name}\n{report}");
    }
    text
}

#[test]
fn what_is_hard_to_show_is_shown() {
    for width in [40, 80, 120, 200] {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/output/{width}-columns.txt"));
        let text = shown(width, false);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == expected, "{} is out of date (UPDATE=1 rewrites it):\n{text}", path.display());
        let raw = |it: char| it != '\n' && (it.is_control() || "\u{202e}\u{2066}\u{200b}".contains(it));
        assert!(!text.contains(raw), "something reaches the terminal raw");
        for line in text.lines().filter(|line| line.trim_start().starts_with(|it: char| it.is_ascii_digit()))
        {
            assert!(line.width() <= width, "wider than {width}: {line}");
        }
    }
}

#[test]
fn colours_are_all_that_colour_adds() {
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let coloured = shown(80, true);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31merror[target-port]\u{1b}[0m"));
    assert_eq!(escapes.replace_all(&coloured, ""), shown(80, false));
}

#[test]
fn many_findings_are_counted_by_check_and_file() {
    let mut sources = Sources::default();
    let mut findings = Vec::new();
    for number in 0..1_000 {
        let file = sources.add(format!("/net/{}.nix", number % 10), "{ port = \"22\"; }\n");
        findings.push(wrong(at(&sources, file, "\"22\""), "something is wrong here"));
    }
    let extent = Extent { files: 10, machines: 10, ..Extent::default() };
    let report =
        Report { findings: &findings, sources: &sources, extent: &extent, working_folder: Path::new("/net") };
    let text = render(&report, Format::Human, Look { colour: false, width: 80 });
    let below = text.rsplit_once("╰────\n\n").expect("the last excerpt is closed").1;
    let wanted = "  1000  target-port (error)\n   100  in 0.nix\n";
    assert!(below.starts_with(wanted), "{below}");
    assert!(
        below.contains("   200  in 2 other files\n\nchecked 10 files, 10 machines: 1000 errors\n"),
        "{below}"
    );
}
