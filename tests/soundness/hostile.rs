//! Hostile input through the program itself: it ends in time, within 1 GiB, with a value, a finding, or a word on where
//! it stopped. `grammar-tests/hostile.rs` has more inputs, in process.
//!
//! A debug build is some twenty times slower, so that only what needs little fuel is run in one.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DEEP: usize = 100_000;

/// Fuel lasts for a second or a few; a busy machine needs more.
const LONG: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 20 });

const MOST_MEMORY: u64 = 1 << 20;

fn repeated(before: &str, middle: &str, after: &str) -> String {
    format!("{}{middle}{}", before.repeat(DEEP), after.repeat(DEEP))
}

/// Texts that are deep, broken or long.
fn texts() -> Vec<(&'static str, String)> {
    let many = |of: &dyn Fn(usize) -> String, count: usize| (0..count).map(of).collect::<String>();
    let some = if cfg!(debug_assertions) { DEEP / 10 } else { DEEP };
    vec![
        ("lists", repeated("[", "", "]")),
        ("parentheses", repeated("(", "1", ")")),
        ("sets", repeated("{a=", "1", ";}")),
        ("recursive sets", repeated("rec{a=", "1", ";}")),
        ("not", repeated("!", "true", "")),
        ("minus", repeated("-", "1", "")),
        ("lambdas", repeated("a:", "1", "")),
        ("lets", repeated("let a=1;in ", "1", "")),
        ("withs", repeated("with {};", "1", "")),
        ("ifs", repeated("if true then 1 else ", "1", "")),
        ("asserts", repeated("assert true;", "1", "")),
        ("strings", repeated("\"${", "1", "}\"")),
        ("indented strings", repeated("''${", "1", "}''")),
        ("defaults", repeated("", "{}", ".a or {}")),
        ("selections", repeated("", "{}", ".a")),
        ("lists joined", repeated("", "[]", "++[]")),
        ("sets updated", repeated("", "{}", "//{}")),
        ("applications", repeated("", "(x: x)", " 1")),
        ("sums", repeated("", "\"a\"", "+\"a\"")),
        ("one attribute again", format!("{{{}}}", "a=1;".repeat(DEEP))),
        ("one path again", format!("{{{}}}", "a.b.c=1;".repeat(DEEP))),
        ("a long path", format!("{{{}a=1;}}", "a.".repeat(DEEP))),
        ("names not defined", format!("[{}]", many(&|n| format!("u{n} "), DEEP))),
        ("quotes", "\"".repeat(DEEP)),
        ("comments", "/*".repeat(DEEP)),
        ("patterns", "{a?".repeat(DEEP)),
        ("a million elements", format!("builtins.length [{}]", "1 ".repeat(10 * DEEP))),
        (
            "names made late",
            format!(
                "let n = [{0}]; in {{{1}}}",
                many(&|n| format!("{{a{n}=1;}} "), some),
                many(&|n| format!("${{\"a\"+\"{}\"}}={n};", some - 1 - n), some)
            ),
        ),
        (
            "an argument too many",
            format!(
                "({{{}}}: 1) {{{}}}",
                many(&|n| format!("a{n}?1,"), some).trim_end_matches(','),
                many(&|n| format!("a{n}=1;"), some + 1)
            ),
        ),
        ("a million attributes", format!("({{{}}}).a77", many(&|n| format!("a{n}={n};"), 10 * DEEP))),
    ]
}

/// Expressions on files in the folder.
const FILES: &[&str] = &[
    "builtins.readFile /dev/zero",
    "builtins.readFile /dev/tty",
    "builtins.readFile /proc/kmsg",
    "builtins.readDir /proc",
    "builtins.readFile ./fifo",
    "import ./fifo",
    "builtins.readFile ./socket",
    "builtins.readFile ./sparse",
    "import ./sparse",
    "builtins.hashFile \"sha256\" ./sparse",
    "builtins.readFile ./loop",
    "import ./a.nix",
    "import ./again.nix 0",
    "builtins.readFile ./zero",
    "let walk = p: builtins.mapAttrs (n: _: walk (p + \"/${n}\")) (builtins.readDir p); in walk ./turn",
];

/// What lies outside of the folder is not read, whatever way leads there.
const OUTSIDE: &[&str] = &[
    "builtins.readFile ./passwd",
    "builtins.readFile /etc/passwd",
    "builtins.readDir /etc",
    "builtins.readFile ./../../../../../etc/passwd",
    "builtins.readFile (./etc + \"/passwd\")",
    "builtins.pathExists ./etc/passwd",
    "builtins.readFileType ./etc/passwd",
    "import /etc/passwd",
];

/// What takes all fuel or memory.
const ENDLESS: &[&str] = &[
    "builtins.length (builtins.genList (x: x) 1000000000)",
    "builtins.foldl' (a: b: a + 1) 0 (builtins.concatMap (x: builtins.genList (y: y) 10000) (builtins.genList (x: x) 10000))",
    "let f = x: { a = f (x + 1); }; in builtins.toJSON (f 0)",
    "let f = x: { a = f (x + 1); }; in f 0 == f 1",
    "let f = x: [ x ] ++ f (x + 1); in f 0",
    "let f = n: if n == 0 then { a = 1; } else let p = f (n - 1); in { a = p; b = p; }; in f 60 == builtins.mapAttrs (_: v: v) (f 60)",
    "let f = n: if n == 0 then [ 1 ] else let p = f (n - 1); in [ p p ]; in toString (f 60)",
    "let f = n: if n == 0 then { a = 1; } else let p = f (n - 1); in { a = p; b = p; }; in builtins.toXML (f 60)",
    "let l = builtins.foldl' (a: n: [ a ]) [ ]; g = builtins.genList (x: x) 100000; in l g < builtins.foldl' (a: n: [ a ]) [ 1 ] g",
    "builtins.length (builtins.genericClosure { startSet = [ { key = [ 0 ]; } ]; operator = x: [ { key = [ (builtins.head x.key + 1) ]; } ]; })",
    "let v = builtins.concatStringsSep \".\" (builtins.genList (x: \"1\") 1000000); in builtins.foldl' (a: b: a + builtins.compareVersions v v) 0 (builtins.genList (x: x) 100000)",
    "let v = builtins.concatStringsSep \".\" (builtins.genList (x: \"1\") 1000000); in builtins.foldl' (a: b: a + builtins.length (builtins.splitVersion v)) 0 (builtins.genList (x: x) 100000)",
    "let j = \"a = [\" + builtins.concatStringsSep \",\" (builtins.genList (x: \"1\") 10000) + \"]\"; in builtins.foldl' (a: b: a + builtins.length (builtins.fromTOML j).a) 0 (builtins.genList (x: x) 100000)",
    "let j = \"[\" + builtins.concatStringsSep \",\" (builtins.genList (x: \"1\") 100000) + \"]\"; in builtins.foldl' (a: b: a + builtins.length (builtins.fromJSON j)) 0 (builtins.genList (x: x) 100000)",
    "let j = builtins.concatStringsSep \".\" (builtins.genList (x: \"1\") 100000); in builtins.foldl' (a: b: (builtins.tryEval (throw j)).success || a) false (builtins.genList (x: x) 1000000)",
    "let j = builtins.genList (x: 1) 1000000; k = builtins.genList (x: 1) 1000000; in builtins.foldl' (a: b: a == (j == k)) true j",
    "let s = builtins.listToAttrs (builtins.genList (n: { name = toString n; value = n; }) 100000); in builtins.foldl' (a: b: builtins.removeAttrs s [ \"1\" ]) 0 (builtins.genList (x: x) 1000000)",
    "builtins.foldl' (a: b: builtins.groupBy toString (builtins.genList (x: x) 10000)) 0 (builtins.genList (x: x) 10000)",
    "builtins.match \"(a*)*(a*)*(a*)*b\" (builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 5000))",
    "builtins.length (builtins.sort (a: b: true) (builtins.genList (x: x) 1000000))",
    "builtins.length (builtins.split \"a*b\" (builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 100000)))",
    "builtins.length (builtins.split \"(x+x+)+y\" (builtins.concatStringsSep \"\" (builtins.genList (x: \"x\") 10000)))",
    "let f = n: if (builtins.tryEval (throw \"x\")).success then 1 else 1 + f (n + 1); in f 0",
    "builtins.match \"(a|b)*\" (builtins.concatStringsSep \"\" (builtins.genList (x: \"aaaaaaaaaa\") 1000000))",
    "let s = builtins.concatStringsSep \"\" (builtins.genList (x: \"aaaaaaaaaa\") 1000000); in builtins.foldl' (a: b: builtins.hashString \"sha512\" s) 0 (builtins.genList (x: x) 1000000)",
    "let s = builtins.concatStringsSep \"\" (builtins.genList (x: \"aaaaaaaaaa\") 1000000); in builtins.foldl' (a: b: builtins.toFile \"a\" s) 0 (builtins.genList (x: x) 1000000)",
    "let s = builtins.listToAttrs (builtins.genList (x: { name = toString x; value = \"x\"; }) 10000); in builtins.foldl' (a: b: (derivation (s // { name = \"a\"; system = \"x\"; builder = \"b\"; n = b; })).outPath) 0 (builtins.genList (x: x) 1000000)",
    "let s = builtins.listToAttrs (builtins.genList (n: { name = toString n; value = n; }) 100000); in builtins.foldl' (a: b: builtins.attrNames s) 0 (builtins.genList (x: x) 1000000)",
    "let s = builtins.listToAttrs (builtins.genList (n: { name = toString n; value = n; }) 100000); in builtins.foldl' (a: b: builtins.intersectAttrs s s) 0 (builtins.genList (x: x) 1000000)",
    "let l = builtins.genList (x: { a = x; b = x; }) 1000000; in builtins.foldl' (a: b: builtins.zipAttrsWith (n: v: v) l) 0 (builtins.genList (x: x) 1000)",
    "let l = builtins.genList (x: { name = toString x; value = x; }) 100000; in builtins.foldl' (a: b: builtins.listToAttrs l) 0 (builtins.genList (x: x) 1000)",
    "let n = builtins.genList toString 100000; l = map (name: { inherit name; value = 1; }) n ++ map (name: { inherit name; }) n; in builtins.length (builtins.attrNames (builtins.listToAttrs l))",
    "builtins.genList (n: builtins.getEnv \"A${toString n}\") 300000",
    "let s = builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 1000000); in builtins.genList (x: s) 1000",
    "builtins.stringLength (builtins.foldl' (a: b: \"x\" + a) \"\" (builtins.genList (x: x) 1000000))",
    "builtins.length (builtins.foldl' (a: b: [ b ] ++ a) [ ] (builtins.genList (x: x) 1000000))",
    "let s = builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 1000000); in builtins.length (builtins.genericClosure { startSet = builtins.genList (n: { key = s + toString n; }) 100000; operator = x: [ ]; })",
    "let f = n: if n == 0 then \"<\" else builtins.toXML (f (n - 1)); in builtins.stringLength (f 400)",
    "let f = n: if n == 0 then \"1\" else builtins.toJSON (f (n - 1)); in builtins.stringLength (f 40)",
    "builtins.foldl' (a: b: builtins.readFile ./a.nix) \"\" (builtins.genList (x: x) 10000000)",
    "builtins.foldl' (a: b: builtins.scopedImport { x = b; } ./one.nix) 0 (builtins.genList (x: x) 10000000)",
];

/// Modules without end.
const MODULES: &[&str] = &[
    "let m = n: { imports = [ (m (n + 1)) ]; }; in { a = m 0; }",
    "let m = n: { imports = [ (m (n + 1)) (m (n + 2)) ]; }; in { a = m 0; }",
    "let m = n: { config, ... }: { imports = [ (m (n + 1)) ]; }; in { a = m 0; }",
    "{ a = { lib, ... }: { config = builtins.foldl' (a: b: lib.mkMerge [ a a ]) { deployment.targetHost = \"h\"; } (builtins.genList (x: x) 60); }; }",
    "{ a = { lib, ... }: { config = builtins.foldl' (a: b: lib.mkIf true a) { deployment.targetHost = \"h\"; } (builtins.genList (x: x) 9000); }; }",
    "{ a = { deployment.targetHost = builtins.concatStringsSep \"\" (builtins.genList (x: \"hhhhhhhhhh\") 100000); }; }",
];

fn prepare(folder: &Path) {
    let mkfifo = Command::new("mkfifo").arg(folder.join("fifo")).status().unwrap();
    assert!(mkfifo.success());
    std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    std::fs::File::create(folder.join("sparse")).unwrap().set_len(10 << 30).unwrap();
    symlink("loop", folder.join("loop")).unwrap();
    symlink("/etc/passwd", folder.join("passwd")).unwrap();
    symlink("/etc", folder.join("etc")).unwrap();
    symlink("/dev/zero", folder.join("zero")).unwrap();
    std::fs::create_dir(folder.join("turn")).unwrap();
    symlink(".", folder.join("turn/again")).unwrap();
    std::fs::write(folder.join("a.nix"), "import ./b.nix").unwrap();
    std::fs::write(folder.join("b.nix"), "import ./a.nix").unwrap();
    std::fs::write(folder.join("again.nix"), "n: import ./again.nix (n + 1)").unwrap();
    std::fs::write(folder.join("one.nix"), format!("[ {} x ]", "1 ".repeat(1000))).unwrap();
}

/// What it printed. It must have ended by itself, in time and in little memory.
fn run(folder: &Path, command: &[&str], text: &str) -> String {
    let file = folder.join("input.nix");
    std::fs::write(&file, text).unwrap();
    let output = folder.join("output");
    let out = std::fs::File::create(&output).unwrap();
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nixwright"))
        .args(command)
        .arg(&file)
        .current_dir(folder)
        .env_remove("NIX_PATH")
        .stdin(Stdio::null())
        .stderr(out.try_clone().unwrap())
        .stdout(out)
        .spawn()
        .unwrap();
    let what = text.chars().take(200).collect::<String>();
    let mut memory = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        memory = memory.max(peak(child.id()));
        if started.elapsed() > LONG {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {LONG:?}: {command:?} {what}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(matches!(status.code(), Some(0 | 1)), "{status}: {command:?} {what}");
    assert!(memory < MOST_MEMORY, "{memory} KiB: {command:?} {what}");
    String::from_utf8_lossy(&std::fs::read(&output).unwrap()).into_owned()
}

/// The most memory that a process held so far, in KiB; 0 if it ended.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

#[test]
fn deep_and_long_texts_end() {
    let folder = tempfile::tempdir().unwrap();
    for (_, text) in texts() {
        run(folder.path(), &["eval"], &text);
        run(folder.path(), &["check"], &text);
    }
}

/// Networks of far too many machines.
#[test]
fn too_many_machines_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let many = if cfg!(debug_assertions) { 25_000 } else { 1_000_000 };
    let named = |value: &str| (0..many).map(|n| format!("a{n}={value};")).collect::<String>();
    let generated = format!(
        "builtins.listToAttrs (builtins.genList (n: {{ name = \"m${{toString n}}\"; value = {{ deployment.targetHost = \"h\"; }}; }}) {many})"
    );
    for text in [format!("{{{}}}", named("{}")), format!("{{{}}}", named("1")), generated] {
        let said = run(folder.path(), &["check"], &text);
        assert!(said.contains("20000 machines"), "{}", &said[said.len().saturating_sub(500)..]);
    }
}

#[test]
fn endless_modules_end() {
    let folder = tempfile::tempdir().unwrap();
    for text in MODULES {
        run(folder.path(), &["check"], text);
        run(folder.path(), &["show"], text);
    }
}

#[test]
fn odd_files_end() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for text in FILES {
        run(folder.path(), &["eval", "--strict"], text);
        run(folder.path(), &["check"], &format!("{{ a = {{ deployment.targetHost = {text}; }}; }}"));
    }
}

#[test]
fn nothing_outside_is_read() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for text in OUTSIDE {
        let said = run(folder.path(), &["eval"], text);
        assert!(said.contains("lies outside of the folders that may be read"), "{text}: {said}");
    }
    // A folder above is read if it belongs to the same repository.
    let inner = folder.path().join("networks/one");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::write(folder.path().join("shared.nix"), "\"shared\"").unwrap();
    assert!(run(&inner, &["eval"], "import ../../shared.nix").contains("lies outside"));
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(run(&inner, &["eval"], "import ../../shared.nix").trim(), "\"shared\"");
    // So is what the search path names.
    let named = format!("shared={}", folder.path().join("shared.nix").display());
    std::fs::remove_dir(folder.path().join(".git")).unwrap();
    assert_eq!(run(&inner, &["eval", "-I", &named], "import <shared>").trim(), "\"shared\"");
}

#[test]
fn endless_work_ends() {
    if cfg!(debug_assertions) {
        println!("skipped: a debug build takes minutes for its fuel");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for text in ENDLESS {
        run(folder.path(), &["eval", "--strict"], text);
        run(folder.path(), &["check"], &format!("{{ a = {{ deployment.targetHost = {text}; }}; }}"));
    }
}
