//! Pages in a real browser: Chromium without a screen, driven by the stories in `tests/browser/*.mjs`. What they need from
//! npm is pinned there, and is installed once below `target/`.
//!
//! A test of a page writes its files, then tells a story: `browser::story("graph.mjs", &[…])`. The story opens files of this
//! computer; it fails on anything that the browser complains about, and on every request for something else than a file.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::run::{Invocation, Run};
use crate::support::sandbox::skip;

/// A browser begins slowly on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);

const BROWSER: &str = "/usr/bin/chromium";

/// Tells a story with these arguments; nothing where this computer has no browser, after saying so.
#[track_caller]
pub(crate) fn story(name: &str, arguments: &[&Path]) -> Option<Run> {
    told(name, arguments, &modules()?)
}

/// The same with what npm installed in some folder; without a browser, if the story needs none.
#[track_caller]
pub(crate) fn told(name: &str, arguments: &[&Path], modules: &Path) -> Option<Run> {
    let story = root().join("tests/browser").join(name);
    let node = program("node")?;
    let mut words = vec![story.into_os_string()];
    words.extend(arguments.iter().map(|it| it.as_os_str().to_owned()));
    let home = tempfile::tempdir().expect("a home can be made");
    let run = Invocation::new(node, &words)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("MODULES", modules)
        .env("BROWSER", BROWSER)
        .limit(LIMIT)
        .run();
    Some(run.expect_code(0))
}

fn root() -> PathBuf {
    PathBuf::from(option_env!("CARGO_MANIFEST_DIR").unwrap_or("."))
}

pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file());
    if found.is_none() {
        skip(&format!("there is no {name}"));
    }
    found
}

fn address_space_is_limited() -> bool {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"));
    line.is_some_and(|it| it.split_whitespace().next() != Some("unlimited"))
}

/// The folder that holds what npm installs for the tests with a browser; installed if it is not there yet.
#[track_caller]
fn modules() -> Option<PathBuf> {
    if !Path::new(BROWSER).exists() {
        skip("there is no Chromium");
        return None;
    }
    if address_space_is_limited() {
        skip("the address space is limited (ulimit -v), and a browser reserves more of it than it uses");
        return None;
    }
    installed("tests/browser")
}

/// The folder with what npm installs for the packages that a folder of the repository pins; installed if it is not there yet.
#[track_caller]
pub(crate) fn installed(pinned: &str) -> Option<PathBuf> {
    let beside = root().join(pinned);
    let files = ["package.json", "package-lock.json"].map(|name| (name, std::fs::read(beside.join(name))));
    let mut digest = DefaultHasher::new();
    for (_, bytes) in &files {
        bytes.as_ref().expect("the packages are pinned").hash(&mut digest);
    }
    let target = Path::new(env!("CARGO_BIN_EXE_nixwright")).parent()?.parent()?;
    let installed = target.join(format!("browser-{:016x}", digest.finish()));
    if installed.is_dir() {
        return Some(installed);
    }
    // Several tests may install at once: each in a folder of its own, and whoever is first gives it its name.
    let fresh = tempfile::tempdir_in(target).expect("a folder can be made below target");
    for (name, bytes) in files {
        std::fs::write(fresh.path().join(name), bytes.expect("they were just read")).expect("it is empty");
    }
    let words = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--loglevel=error"];
    let mut npm = Invocation::new(program("npm")?, &words).folder(fresh.path()).limit(LIMIT);
    // The caller's way out, and its own settings of npm.
    for (name, value) in std::env::vars_os() {
        let text = name.to_string_lossy().to_lowercase();
        if text == "path" || text == "home" || text.contains("proxy") || text.starts_with("npm_config") {
            npm = npm.env(name, value);
        }
    }
    let ran = npm.run();
    if ran.code() != 0 {
        skip(ran.stderr.lines().last().unwrap_or("npm could not install what the tests need"));
        return None;
    }
    let fresh = fresh.keep();
    if std::fs::rename(&fresh, &installed).is_err() {
        let _ = std::fs::remove_dir_all(&fresh);
    }
    Some(installed)
}
