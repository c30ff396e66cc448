//! Input made to break parsers and evaluators: nothing panics, hangs, or uses stack without bound.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nixwright::eval::{Evaluator, Settings};
use nixwright::syntax::{self, SyntaxErrorKind};
use nixwright::system::OsFiles;
use nixwright::text::FileId;
use nixwright::value::{Kind, Stop};
use proptest::prelude::*;

/// Generous for a debug build on a busy machine; without bounds these would take hours or all memory.
const LONG: Duration = Duration::from_secs(20);

fn evaluator(fuel: u64) -> Evaluator {
    Evaluator::new(Arc::new(OsFiles), Settings { fuel, memory: 256 << 20, ..Settings::default() })
}

fn within_time<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed() < LONG, "{what} took {:?}", start.elapsed());
    result
}

#[test]
fn deep_and_long_texts_are_read() {
    let deep = 100_000;
    let texts = [
        ("lists", format!("{}{}", "[".repeat(deep), "]".repeat(deep))),
        ("parentheses", format!("{}1{}", "(".repeat(deep), ")".repeat(deep))),
        ("sets", format!("{}1{}", "{a=".repeat(deep), ";}".repeat(deep))),
        ("not", format!("{}true", "!".repeat(deep))),
        ("minus", format!("{}1", "-".repeat(deep))),
        ("lambdas", format!("{}1", "a:".repeat(deep))),
        ("lets", format!("{}1", "let a=1;in ".repeat(deep))),
        ("withs", format!("{}1", "with {};".repeat(deep))),
        ("ifs", format!("{}1", "if true then 1 else ".repeat(deep))),
        ("defaults", format!("{{}}{}.a", ".a or {}".repeat(deep))),
        ("strings", format!("{}1{}", "\"${".repeat(deep), "}\"".repeat(deep))),
        ("concatenations", format!("[]{}", "++[]".repeat(deep))),
        ("updates", format!("{{}}{}", "//{}".repeat(deep))),
        ("implications", format!("true{}", "->true".repeat(deep))),
        ("patterns", "{a?".repeat(deep)),
        ("unclosed", "[{(".repeat(deep)),
        ("closers", "]})".repeat(deep)),
        ("dots", ".".repeat(deep * 3)),
        ("inherits", "{inherit (".repeat(deep)),
    ];
    for (what, text) in texts {
        let parsed = within_time(what, || syntax::parse(FileId(0), &text));
        let mut evaluator = evaluator(2_000_000);
        within_time(what, || {
            let value = evaluator.eval_text("<case>", &text);
            let _ = evaluator.force_deep(value);
        });
        assert!(parsed.errors.len() <= 50, "{what}");
    }
    let flat = [
        ("application", format!("f: f {}", "1 ".repeat(deep))),
        ("additions", format!("1{}", " + 1".repeat(deep))),
        ("elements", format!("[{}]", "1 ".repeat(deep * 10))),
        ("attributes", format!("{{{}}}", (0..deep).map(|n| format!("a{n}={n};")).collect::<String>())),
    ];
    for (what, text) in flat {
        let parsed = within_time(what, || syntax::parse(FileId(0), &text));
        assert_eq!(parsed.errors, [], "{what}");
    }
}

#[test]
fn nesting_that_nix_cannot_read_is_one_finding() {
    let parsed = syntax::parse(FileId(0), &format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000)));
    let kinds: Vec<_> = parsed.errors.iter().map(|error| error.kind).collect();
    assert_eq!(kinds, [SyntaxErrorKind::TooDeep]);
    let parsed = syntax::parse(FileId(0), &"[".repeat(50_000));
    assert_eq!(parsed.errors.len(), 1, "{:?}", parsed.errors);
}

#[test]
fn a_run_of_path_characters_is_refused_instead_of_read_for_hours() {
    let text = "a.".repeat(1_000_000);
    let parsed = within_time("a long run", || syntax::parse(FileId(0), &text));
    assert_eq!(parsed.errors[0].kind, SyntaxErrorKind::TooLarge);
    for comment in [format!("/*{}*/ 1", "a/".repeat(1_000_000)), format!("# {}\n1", "a/".repeat(1_000_000))] {
        let parsed = within_time("a comment", || syntax::parse(FileId(0), &comment));
        assert_eq!(parsed.errors, []);
    }
    for hidden in ["\"#", "x:/*", "''/*"] {
        let parsed = within_time("no comment", || syntax::parse(FileId(0), &format!("{hidden} {text}")));
        assert_eq!(parsed.errors[0].kind, SyntaxErrorKind::TooLarge);
    }
}

#[test]
fn endless_evaluation_ends() {
    let cases = [
        ("endless calls", "let f = x: f (x + 1); in f 0", Kind::Error),
        ("an endless list", "let l = [ l ] ++ l; in l", Kind::Error),
        ("itself", "let a = { b = a; }.b; in a", Kind::Error),
        ("a great list", "builtins.length (builtins.genList (x: x) 1000000000)", Kind::Unknown),
        (
            "doubling",
            "let a = x: x + x; b = x: a (a (a (a x))); in builtins.stringLength (b (b (b (b (b (b (b (b \"xxxxxxxx\"))))))))",
            Kind::Unknown,
        ),
        (
            "doubling of work",
            "let f = n: if n == 0 then 1 else f (n - 1) + f (n - 1); in f 60",
            Kind::Unknown,
        ),
        (
            "an endless closure",
            "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = x: [ { key = x.key + 1; } ]; }",
            Kind::Unknown,
        ),
        (
            "doubling of a list",
            "let f = n: if n == 0 then [ 1 ] else let p = f (n - 1); in p ++ p; in builtins.length (f 40)",
            Kind::Unknown,
        ),
        (
            "a list of lists",
            "builtins.length (builtins.concatMap (x: builtins.genList (y: y) 100000) (builtins.genList (x: x) 100000))",
            Kind::Unknown,
        ),
        (
            "a list from the front",
            "builtins.length (builtins.foldl' (a: b: [ b ] ++ a) [ ] (builtins.genList (x: x) 100000))",
            Kind::Unknown,
        ),
        (
            "a set name by name",
            "builtins.foldl' (a: n: a // { ${toString n} = n; }) { } (builtins.genList (x: x) 20000)",
            Kind::Attrs,
        ),
        (
            "names again and again",
            "let s = builtins.listToAttrs (builtins.genList (n: { name = toString n; value = n; }) 20000); in builtins.foldl' (a: n: a + builtins.length (builtins.attrNames s)) 0 (builtins.genList (x: x) 100000)",
            Kind::Unknown,
        ),
        (
            "text between characters",
            "let t = n: if n == 0 then \"x\" else t (n - 1) + t (n - 1); d = x: x + x; l = d (d (d (d (d (d (d (d (t 8)))))))); in builtins.stringLength (builtins.replaceStrings [ \"\" ] [ (l + l) ] (l + l))",
            Kind::Unknown,
        ),
        (
            "shared values as text",
            "let f = n: if n == 0 then \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" else let p = f (n - 1); in { a = p; b = p; }; in builtins.stringLength (builtins.toJSON (f 40))",
            Kind::Unknown,
        ),
        (
            "a slow expression",
            "builtins.match \"(a*)*(a*)*(a*)*b\" (builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 5000))",
            Kind::Unknown,
        ),
    ];
    for (what, text, kind) in cases {
        let mut evaluator = evaluator(3_000_000);
        let found = within_time(what, || {
            let value = evaluator.eval_text("<case>", text);
            evaluator.kind(value)
        });
        assert_eq!(found, kind, "{what}");
    }
}

#[test]
fn deep_data_is_handled() {
    let mut evaluator = evaluator(50_000_000);
    let deep = "builtins.foldl' (a: n: { inherit a n; }) { } (builtins.genList (x: x) 100000)";
    let value =
        evaluator.eval_text("<deep>", &format!("let d = {deep}; in [ (builtins.deepSeq d 1) (d == d) ]"));
    within_time("deep data", || {
        let _ = evaluator.print_partial(value);
    });
    let json = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let value = within_time("deep JSON", || evaluator.from_json(&json)).unwrap();
    assert_eq!(evaluator.kind(value), Kind::List);
    let sums = evaluator.eval_text("<sums>", "builtins.elemAt (builtins.foldl' (a: n: [ (builtins.head a + n) ]) [ 0 ] (builtins.genList (x: x) 50000)) 0");
    within_time("a chain of thunks", || match evaluator.force(sums) {
        Ok(_) | Err(Stop::Unknown(_)) => {}
        Err(stop) => panic!("{:?}", evaluator.error_of(stop)),
    });
}

#[test]
fn files_of_the_kernel_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/proc/self/status", &link).unwrap();
    let linked = [format!("builtins.readFile {}", link.display()), format!("import {}", link.display())];
    let plain = ["builtins.readFile /proc/kmsg", "builtins.readDir /sys", "import /dev/zero"];
    for text in plain.iter().map(|text| (*text).to_owned()).chain(linked) {
        let settings = Settings { allowed_roots: vec!["/".into()], ..Settings::default() };
        let mut evaluator = Evaluator::new(Arc::new(OsFiles), settings);
        let value = evaluator.eval_text("<case>", &text);
        let why = within_time(&text, || evaluator.why_unknown(value)).expect("it is unknown");
        let reason = evaluator.unknown(why).reason.to_string();
        assert!(reason.contains("files of the kernel are not read"), "{text}: {reason}");
    }
}

#[test]
fn a_list_grows_at_its_end_without_copies() {
    let mut evaluator = evaluator(3_000_000);
    let text = "let l = builtins.foldl' (a: b: a ++ [ b ]) [ ] (builtins.genList (x: x) 100000); in [ (builtins.length l) (builtins.elemAt l 77777) ]";
    let value = evaluator.eval_text("<case>", text);
    assert_eq!(evaluator.print_partial(value), "[ 100000 77777 ]");
    // Two lists that grow out of one do not see each other.
    let text = "let a = [ 1 2 ]; b = a ++ [ 3 ]; c = a ++ [ 4 ]; in [ (builtins.seq b c) b a (c ++ b) ]";
    let value = evaluator.eval_text("<siblings>", text);
    assert_eq!(evaluator.print_partial(value), "[ [ 1 2 4 ] [ 1 2 3 ] [ 1 2 ] [ 1 2 4 1 2 3 ] ]");
}

/// Pieces that mutations are made of.
const PIECES: &[&str] = &[
    "{", "}", "[", "]", "(", ")", "\"", "''", "${", ";", "=", ":", ",", ".", "?", "@", "...", "let ", " in ",
    "rec ", "with ", "inherit ", "if ", "then ", "else ", "assert ", "or ", "//", "++", "->", "==", "!", "-",
    "a", "x.y", "1", "./p", "<n>", "~/", "/*", "#", "\n", "\\", "$", "\u{e9}", "\0", "__curPos", "null",
    "http://x",
];

fn samples() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["grammar-tests/eval/okay", "grammar-tests/syntax/ok", "fixtures/nixpkgs/lib"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "nix") {
                all.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutation_panics_or_hangs(
        sample in 0_usize..1000,
        edits in prop::collection::vec((0.0_f64..1.0, 0_usize..PIECES.len(), 0_usize..6), 1..4),
    ) {
        let samples = samples();
        let mut text = samples[sample % samples.len()].clone();
        for (place, piece, cut) in edits {
            let mut at = (place * text.len() as f64) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = (at + cut).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(at..end, PIECES[piece]);
        }
        let mut evaluator = evaluator(100_000);
        let value = evaluator.eval_text("<mutation>", &text);
        let _ = evaluator.print_partial(value);
        for error in evaluator.syntax_errors() {
            prop_assert!(error.span.end as usize <= text.len() && error.span.start <= error.span.end);
        }
    }
}
