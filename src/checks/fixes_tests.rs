//! Every repair that a page shows, made in files of all kinds: it gives what the page says, and changes nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use crate::checks::harness::{Repairable, repairable};
use crate::checks::{Levels, Repairs, repaired, run};
use crate::network::{Network, Request};
use crate::system::{Files, OverlayFiles};

/// The texts of the files after all safe repairs, and how many were made.
fn repair(example: &Repairable, files: &[(PathBuf, String)]) -> (Vec<(PathBuf, String)>, usize) {
    let mut overlay = OverlayFiles::alone();
    for (path, text) in files {
        overlay.put(path, text);
    }
    let overlay: Arc<dyn Files> = Arc::new(overlay);
    let request = Request { files: overlay, ..example.request.clone() };
    let network = Network::load(&request).expect("the files of the example are there");
    let found = run(&network, &Levels::default());
    let repaired = repaired(&request, &Levels::default(), Repairs::Safe, network, found)
        .expect("the files are still there");
    let after = files.iter().map(|(path, text)| {
        let changed = repaired.files.iter().find(|it| it.path == *path);
        (path.clone(), changed.map_or(text.clone(), |it| it.after.to_string()))
    });
    (after.collect(), repaired.done.values().sum())
}

fn each(files: &[(PathBuf, String)], change: impl Fn(&str) -> String) -> Vec<(PathBuf, String)> {
    files.iter().map(|(path, text)| (path.clone(), change(text))).collect()
}

#[test]
fn line_ends_and_the_end_of_the_file_stay_as_they_are() {
    let changes: [fn(&str) -> String; 4] = [
        str::to_owned,
        |text| text.replace('\n', "\r\n"),
        |text| text.trim_end().to_owned(),
        |text| text.replace("  ", "\t"),
    ];
    let examples = repairable();
    assert!(examples.len() >= 7, "the pages show repairs");
    for example in examples {
        for change in changes {
            let (after, made) = repair(&example, &each(&example.bad, change));
            assert!(made > 0, "{}", example.id);
            assert_eq!(after, each(&example.fixed, change), "{}", example.id);
            assert_eq!(repair(&example, &after), (after, 0), "{}: twice is once", example.id);
        }
    }
}

#[test]
fn only_files_of_the_project_are_changed() {
    let mut files = OverlayFiles::alone();
    files.put("/project/.git/HEAD", "");
    files.put("/project/net/network.nix", "{ a = import ../a.nix; b = import <shared/b.nix>; }");
    let bad = "{ deployment.targetHost = \"10.0.0.1\"; deployment.targetPort = \"22\"; }";
    files.put("/project/a.nix", bad);
    files.put("/shared/b.nix", bad);
    let mut request = Request::new(Arc::new(files), vec!["/project/net/network.nix".into()]);
    request.include = vec!["shared=/shared".to_owned()];
    let network = Network::load(&request).unwrap();
    let found = run(&network, &Levels::default());
    let repaired = repaired(&request, &Levels::default(), Repairs::Safe, network, found).unwrap();
    let changed: Vec<&Path> = repaired.files.iter().map(|it| it.path.as_path()).collect();
    assert_eq!((changed, repaired.elsewhere), (vec![Path::new("/project/a.nix")], 1));
}

#[test]
fn a_repair_that_uncovers_another_one_is_followed_by_it() {
    let mut files = OverlayFiles::alone();
    files.put("/network.nix", "{ web.deplyoment.tagretHost = \"web.internal \"; }");
    let request = Request::new(Arc::new(files), vec!["/network.nix".into()]);
    let network = Network::load(&request).unwrap();
    let found = run(&network, &Levels::default());
    let repaired = repaired(&request, &Levels::default(), Repairs::All, network, found).unwrap();
    let after: Vec<&str> = repaired.files.iter().map(|it| &*it.after).collect();
    assert_eq!(after, ["{ web.deployment.targetHost = \"web.internal\"; }"]);
    assert!(repaired.found.is_empty(), "{:#?}", repaired.found);
}

/// The text with more lines above those of the given numbers.
fn strewn(text: &str, lines: &[(usize, String)]) -> String {
    let mut strewn = String::new();
    for (number, line) in text.lines().enumerate() {
        for (_, more) in lines.iter().filter(|(at, _)| *at == number) {
            strewn.push_str(&format!("{more}\n"));
        }
        strewn.push_str(&format!("{line}\n"));
    }
    strewn
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn comments_and_blank_lines_are_not_touched(
        lines in prop::collection::vec((0_usize..12, "( |\t){0,6}(# [a-z{};\"= äß漢]{0,20})?"), 0..8)
    ) {
        for example in repairable() {
            let change = |text: &str| strewn(text, &lines);
            let (after, made) = repair(&example, &each(&example.bad, change));
            prop_assert!(made > 0);
            prop_assert_eq!(after, each(&example.fixed, change), "{}", example.id);
        }
    }
}
