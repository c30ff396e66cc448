//! Bad input: for each kind a clear finding or error, in bounded time. Memory and endless work are bounded in
//! `tests/soundness/hostile.rs`, through the program itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Ran, run, run_with};
use crate::cli::ExitCode;
use crate::system::{FileKind, Files, OsFiles};

/// A debug build on a busy machine, and still nobody would call it hanging.
const LONG: Duration = Duration::from_secs(30);

/// A folder with files in it.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The program must end with this code and say this, in time.
fn expect(folder: &Path, arguments: &[&str], code: ExitCode, said: &str) -> String {
    let begun = Instant::now();
    let Ran { code: ended, stdout, stderr } = run(folder, arguments);
    let all = format!("{stdout}{stderr}");
    let shown = all.get(..2000).unwrap_or(&all);
    assert_eq!(ended, code, "{arguments:?}: {shown}");
    assert!(all.contains(said), "{arguments:?} does not say `{said}`: {shown}");
    assert!(begun.elapsed() < LONG, "{arguments:?} took {:?}", begun.elapsed());
    all
}

/// As a network it is an error that says this; as a module of a machine its host is not known, because of that.
fn refused(folder: &Path, file: &str, error: &str, because: &str) {
    expect(folder, &["check", file], ExitCode::Usage, error);
    imported(folder, file, because);
}

fn imported(folder: &Path, file: &str, because: &str) {
    let network = format!("{{ web.imports = [ ./{file} ]; web.deployment.targetHost = import ./{file}; }}");
    std::fs::write(folder.join("importing.nix"), network).unwrap();
    expect(folder, &["check", "importing.nix"], ExitCode::Done, "checked 1 file, 1 machine");
    let shown = run(folder, &["show", "--json", "importing.nix", "web", "deployment.targetHost"]).stdout;
    assert!(shown.contains(because), "{file}: {shown}");
}

#[test]
fn not_a_file() {
    let folder = folder(&[("crypt.nix", b"\0GITCRYPT\0abc")]);
    let f = folder.path();
    expect(f, &["check", "missing.nix"], ExitCode::Usage, "there is no file `missing.nix`");
    expect(f, &["check", "missing/web.nix"], ExitCode::Usage, "there is no file");
    expect(f, &["check", "/dev/zero"], ExitCode::Usage, "is a pipe, socket or device");
    expect(f, &["check"], ExitCode::Usage, "no network was given");
    refused(f, "crypt.nix", "encrypted by git-crypt", "git-crypt");
}

#[test]
fn not_utf_8() {
    let folder = folder(&[("binary.nix", b"\x7fELF\0\x01\x02"), ("latin1.nix", b"{ a = \"\xe9\"; }")]);
    expect(folder.path(), &["check", "binary.nix"], ExitCode::Usage, "is not text");
    refused(folder.path(), "latin1.nix", "byte 7 is not UTF-8", "not a text file");
}

#[test]
fn a_pipe() {
    let folder = folder(&[]);
    pipe(&folder.path().join("pipe.nix"));
    refused(folder.path(), "pipe.nix", "is a pipe", "no regular file");
}

#[test]
fn a_hundred_megabytes_of_brackets() {
    let folder = folder(&[("huge.nix", "[".repeat(100 << 20).as_bytes())]);
    refused(folder.path(), "huge.nix", "has 104857600 bytes, which no Nix file has", "too large");
    let some = folder.path().join("some.nix");
    std::fs::write(&some, "[".repeat(2_000_000)).unwrap();
    expect(folder.path(), &["check", "some.nix"], ExitCode::Findings, "syntax-error");
}

#[test]
fn text_that_is_no_network() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let prose = b"# Title\n\nSome *prose*, no code.\n";
    let folder = folder(&[("empty.nix", b""), ("deep.nix", deep.as_bytes()), ("prose.nix", prose)]);
    expect(folder.path(), &["check", "empty.nix"], ExitCode::Findings, "syntax-error");
    expect(folder.path(), &["check", "deep.nix"], ExitCode::Findings, "error");
    expect(folder.path(), &["check", "prose.nix"], ExitCode::Findings, "error");
}

#[test]
fn a_circle_of_symlinks() {
    let folder = folder(&[]);
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    link("loop.nix", "loop.nix");
    link("there", "here");
    link("here", "there");
    refused(
        folder.path(),
        "loop.nix",
        "is a symlink that leads round in a circle",
        "leads round in a circle",
    );
    expect(folder.path(), &["check", "here"], ExitCode::Usage, "leads round in a circle");
    imported(folder.path(), "here/network.nix", "leads round in a circle");
}

#[test]
fn a_folder_without_default_nix() {
    let folder = folder(&[("network.nix", b"{ web.imports = [ ./empty ]; }")]);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let said = "is a folder without a network: it has none of `nixwright.nix`";
    expect(folder.path(), &["check", "empty"], ExitCode::Usage, said);
    let said = expect(folder.path(), &["check", "network.nix"], ExitCode::Findings, "import-not-found");
    assert!(said.contains("empty/default.nix` does not exist"), "{said}");
    expect(&folder.path().join("empty"), &["check"], ExitCode::Findings, "import-not-found");
}

/// That it takes time in proportion is measured in `benches/check.rs`.
#[test]
fn ten_thousand_machines() {
    let network = r#"{ lib ? import <nixpkgs/lib> }:
lib.genAttrs (builtins.genList (n: "m${toString n}") 10000) (name: { nodes, lib, ... }: {
  deployment.targetHost = "${name}.${nodes.m0.config.networking.domain}";
  deployment.dependsOn = lib.optional (name != "m0") "m0";
  networking.domain = "internal";
})"#;
    let folder = folder(&[("network.nix", network.as_bytes())]);
    let begun = Instant::now();
    let shown = run(folder.path(), &["show", "--json", "network.nix"]);
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    let json: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let machines = json["machines"].as_array().unwrap();
    assert_eq!(machines.len(), 10_000);
    assert_eq!(shown.stdout.matches(".internal\\\"").count(), 10_000, "every host is known");
    let said = "checked 1 file, 10000 machines: nothing wrong was found";
    expect(folder.path(), &["check", "network.nix"], ExitCode::Done, said);
}

#[test]
fn a_hundred_thousand_names() {
    let named = |value: &str| (0..100_000).map(|n| format!("a{n} = {value}; ")).collect::<String>();
    let numbers = named("1");
    let texts = [
        ("machines", format!("{{ {} }}", named("{ }")), ExitCode::Done, "20000 machines"),
        ("options", format!("{{ web.services = {{ {numbers} }}; }}"), ExitCode::Done, "1 machine"),
        (
            "deployment",
            format!("{{ web.deployment = {{ {numbers} }}; }}"),
            ExitCode::Findings,
            "there is no option `deployment.a99999`",
        ),
        (
            "network",
            format!("{{ network = {{ {numbers} }}; web = {{ }}; }}"),
            ExitCode::Done,
            "nothing reads `network.a99999`",
        ),
        (
            "arguments",
            format!(
                "{{ {} }}: {{ web = {{ }}; }}",
                (0..100_000).map(|n| format!("a{n}, ")).collect::<String>().trim_end_matches(", ")
            ),
            ExitCode::Done,
            "this network needs the arguments `a0`, `a1`",
        ),
    ];
    for (name, text, code, said) in texts {
        let file = format!("{name}.nix");
        let folder = folder(&[(&file, text.as_bytes())]);
        // Pictures of 100,000 lines take long in a debug build. Where nothing is wrong, only the summary is printed.
        let format = if said.contains("machine") { "human" } else { "short" };
        let arguments = ["check", "--format", format, "--allow", "target-host-missing", &file];
        expect(folder.path(), &arguments, code, said);
    }
}

#[test]
fn arguments_that_fit_no_file() {
    let folder = folder(&[
        ("a.nix", b"{ domain }: { web.deployment.targetHost = \"web.${domain}\"; }"),
        ("b.nix", b"{ region ? \"eu\" }: { web.deployment.tags = [ region ]; }"),
    ]);
    let f = folder.path();
    let wrong = ["check", "a.nix", "b.nix", "--argstr", "domian", "lan"];
    let said = expect(f, &wrong, ExitCode::Findings, "the argument `domian` is given");
    assert!(said.contains("did you mean `domain`?") && said.contains("argument `domain`"), "{said}");
    // An argument that is no Nix is not the network's fault.
    let broken = ["check", "a.nix", "--arg", "domain", "{"];
    expect(f, &broken, ExitCode::Usage, "the argument `domain` is not a Nix expression");
    let twice = ["check", "a.nix", "--arg", "domain", "throw \"no domain today\""];
    expect(f, &twice, ExitCode::Findings, "no domain today");
}

#[test]
fn a_flake_without_a_network() {
    let flake = b"{ outputs = { self }: { packages.x86_64-linux = { }; lib.answer = 42; }; }";
    let folder = folder(&[("flake.nix", flake)]);
    let said = expect(folder.path(), &["check"], ExitCode::Findings, "this flake has no network among its");
    assert!(said.contains("`lib`") && said.contains("`packages`"), "{said}");
    assert!(said.contains("`colmenaHive`"), "it says which outputs are networks: {said}");
    std::fs::write(folder.path().join("flake.nix"), "{ outputs = { self }: { }; }").unwrap();
    expect(folder.path(), &["check"], ExitCode::Findings, "it has no outputs");
    std::fs::write(folder.path().join("flake.nix"), "{ inputs = { }; }").unwrap();
    expect(folder.path(), &["check"], ExitCode::Findings, "error");
}

#[test]
fn two_dialects_in_one_file() {
    let both = br#"{
      meta.nixpkgs = import <nixpkgs> { };
      network.description = "both";
      web.deployment.targetHost = "10.0.0.7";
    }"#;
    let requires = br#"{
      network.pkgs = import <nixpkgs> { };
      require = [ ./db.nix ];
      resources.sshKeyPairs.key = { };
      web.deployment.targetHost = "10.0.0.7";
    }"#;
    let folder = folder(&[
        ("both.nix", both),
        ("requires.nix", requires),
        ("db.nix", b"{ db.deployment.targetHost = \"10.0.0.8\"; }"),
    ]);
    let said = expect(folder.path(), &["check", "both.nix"], ExitCode::Findings, "mixed-dialects");
    assert!(said.contains("this hive has both `meta` and `network`"), "{said}");
    let said = expect(folder.path(), &["check", "requires.nix"], ExitCode::Done, "mixed-dialects");
    assert!(said.contains("`network.pkgs` is morph's, and this is a network of NixOps"), "{said}");
    let shown = run(folder.path(), &["show", "requires.nix"]).stdout;
    assert!(shown.contains("10.0.0.7") && shown.contains("10.0.0.8"), "{shown}");
}

/// The real file system, but one file is read as the closure says, which is told how often it was read before.
struct Odd {
    path: PathBuf,
    reads: AtomicUsize,
    read: Box<dyn Fn(usize) -> io::Result<Vec<u8>> + Send + Sync>,
}

impl Files for Odd {
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        OsFiles.kind(path)
    }
    fn kind_of_link(&self, path: &Path) -> io::Result<FileKind> {
        OsFiles.kind_of_link(path)
    }
    fn size(&self, path: &Path) -> io::Result<u64> {
        OsFiles.size(path)
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path != self.path {
            return OsFiles.read(path);
        }
        (self.read)(self.reads.fetch_add(1, Ordering::Relaxed))
    }
    fn read_folder(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        OsFiles.read_folder(path)
    }
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        OsFiles.canonicalize(path)
    }
    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        OsFiles.write(path, bytes, mode)
    }
    fn create_private_folder(&self, path: &Path) -> io::Result<()> {
        OsFiles.create_private_folder(path)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        OsFiles.remove(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        OsFiles.remove_folder(path)
    }
}

/// What the program does where `network.nix` is read like that.
fn with_odd(
    arguments: &[&str],
    read: impl Fn(usize) -> io::Result<Vec<u8>> + Send + Sync + 'static,
) -> (Ran, String) {
    let folder = folder(&[("network.nix", b"{ }")]);
    let path = std::fs::canonicalize(folder.path()).unwrap().join("network.nix");
    let odd = Odd { path: path.clone(), reads: AtomicUsize::new(0), read: Box::new(read) };
    let ran = run_with(Arc::new(odd), folder.path(), arguments);
    (ran, std::fs::read_to_string(path).unwrap())
}

#[test]
fn a_file_that_may_not_be_read() {
    let (ran, _) = with_odd(&["check", "network.nix"], |_| Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(ran.code, ExitCode::Usage);
    let said = "`network.nix` cannot be read\n  because: permission denied";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let good = b"{ web.deployment.targetHost = \"10.0.0.7\"; }";
    let check = |later: fn() -> io::Result<Vec<u8>>| {
        let read = move |before| if before == 0 { Ok(good.to_vec()) } else { later() };
        let ran = with_odd(&["check", "network.nix"], read).0;
        (ran.code, format!("{}{}", ran.stdout, ran.stderr))
    };
    // What is said is said of one text: the last one.
    let (code, said) = check(|| Ok(b"{\n  web.deployment.targetHost = \"\"; }".to_vec()));
    assert_eq!(code, ExitCode::Findings, "{said}");
    assert!(said.contains("network.nix:2:31") && said.contains("target-host-empty"), "{said}");
    let (code, said) = check(|| Ok(b"{ web.deployment.targetHost = \"10.0".to_vec()));
    assert_eq!(code, ExitCode::Findings, "{said}");
    assert!(said.contains("syntax-error"), "{said}");
    // What cannot be read any more is not known, or not there.
    let (code, said) = check(|| Err(io::ErrorKind::NotFound.into()));
    assert_eq!(code, ExitCode::Findings, "{said}");
    assert!(said.contains("network.nix` does not exist"), "{said}");
    let (code, said) = check(|| Err(io::ErrorKind::InvalidInput.into()));
    assert_eq!(code, ExitCode::Done, "{said}");
    assert!(said.contains("not known: all machines") && said.contains("could not be read"), "{said}");
}

#[test]
fn a_file_that_is_saved_while_it_is_repaired_stays_as_it_was_saved() {
    let bad = b"{ web.deployment.targetHost = \"web.internal \"; }";
    let saved = |reads| if reads < 2 { Ok(bad.to_vec()) } else { Ok(b"{ web = { }; }".to_vec()) };
    let (ran, text) = with_odd(&["check", "--fix", "network.nix"], saved);
    assert_eq!(ran.code, ExitCode::Usage, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("was changed while it was checked; nothing was repaired"), "{}", ran.stderr);
    assert_eq!(text, "{ }", "nothing was written");
    let (ran, text) = with_odd(&["check", "--fix", "network.nix"], |_| Ok(bad.to_vec()));
    assert!(ran.stderr.contains("repaired 1 finding in 1 file: target-host-format"), "{}", ran.stderr);
    assert_eq!(text, "{ web.deployment.targetHost = \"web.internal\"; }");
}

/// Writers that truncate, and others that put a new file in its place.
#[test]
fn a_file_that_is_written_all_the_time() {
    let folder = folder(&[("network.nix", b"{ web = { }; }")]);
    let path = folder.path().join("network.nix");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..300 {
                let text = format!(
                    "{{ web.deployment.targetHost = \"10.0.0.{number}\"; }}{}",
                    " ".repeat(number * 50)
                );
                if number % 3 == 0 {
                    OsFiles.write(&path, text.as_bytes(), 0o644).unwrap();
                } else {
                    std::fs::write(&path, text).unwrap();
                }
            }
        });
        loop {
            let ended = writer.is_finished();
            let ran = run(folder.path(), &["check", "network.nix"]);
            let expected = [ExitCode::Done, ExitCode::Findings, ExitCode::Usage];
            assert!(expected.contains(&ran.code), "{}{}", ran.stdout, ran.stderr);
            if ended {
                assert_eq!(ran.code, ExitCode::Findings, "10.0.0.299 is no address: {}", ran.stdout);
                break;
            }
        }
    });
}
