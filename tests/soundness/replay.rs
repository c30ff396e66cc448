//! A short run of the fuzz targets: their corpus, our own Nix files, and both with random bytes changed.

use std::path::{Path, PathBuf};

use crate::choices::Choices;
use crate::invariants;

/// Changed inputs of a short run, for each target.
const SHORT: usize = 400;

/// Larger files take long in a debug build.
const LARGEST: usize = 8 << 10;

/// What changes put in: bytes that mean something, and some that are no text.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"\"",
    b"''",
    b"${",
    b";",
    b"=",
    b":",
    b",",
    b".",
    b"?",
    b"@",
    b"...",
    b"let ",
    b" in ",
    b"rec ",
    b"with ",
    b"inherit ",
    b"if ",
    b"then ",
    b"else ",
    b"or ",
    b"//",
    b"++",
    b"->",
    b"/*",
    b"#",
    b"\n",
    b"\\",
    b"$",
    b"\0",
    b"\xff",
    b"\xc3",
    b"9999999999999999999",
    b"__overrides",
    b"deployment.",
    b"nodes.",
    b"imports",
];

fn inputs(folders: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "nix") {
                let bytes = std::fs::read(&path).unwrap();
                if bytes.len() < LARGEST {
                    all.push((path, bytes));
                }
            }
        }
    }
    all.sort();
    assert!(!all.is_empty(), "there is nothing in {folders:?}");
    all
}

fn changed(choices: &mut Choices, inputs: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = inputs[choices.below(inputs.len())].1.clone();
    for _ in 0..=choices.below(4) {
        let start = choices.below(bytes.len() + 1);
        let end = (start + choices.below(12)).min(bytes.len());
        let put = match choices.below(3) {
            0 => Vec::new(),
            1 => PIECES[choices.below(PIECES.len())].to_vec(),
            _ => {
                let other = &inputs[choices.below(inputs.len())].1;
                let from = choices.below(other.len() + 1);
                other[from..(from + choices.below(60)).min(other.len())].to_vec()
            }
        };
        bytes.splice(start..end, put);
    }
    bytes
}

fn replay(target: fn(&[u8]), folders: &[&str]) {
    let inputs = inputs(folders);
    for (_, bytes) in &inputs {
        target(bytes);
    }
    let count = std::env::var("NIXWRIGHT_SOUNDNESS").map_or(SHORT, |count| count.parse().expect("a number"));
    for seed in 0..count as u64 {
        target(&changed(&mut Choices::random(seed), &inputs));
    }
}

#[test]
fn any_bytes_are_parsed_and_lowered() {
    replay(
        invariants::parse_lower,
        &[
            "fuzz/corpus/parse_lower",
            "grammar-tests/syntax/ok",
            "grammar-tests/syntax/err",
            "fixtures/nixpkgs/lib",
        ],
    );
}

#[test]
fn any_bytes_are_evaluated() {
    replay(
        invariants::eval,
        &[
            "fuzz/corpus/eval",
            "grammar-tests/eval/okay",
            "grammar-tests/eval/fail",
            "grammar-tests/eval/unknown",
        ],
    );
}

#[test]
fn any_bytes_are_read_as_a_network() {
    replay(
        invariants::modules,
        &[
            "fuzz/corpus/modules",
            "fixtures/networks/three-tier",
            "fixtures/networks/beginner",
            "fixtures/networks/morph",
        ],
    );
}
