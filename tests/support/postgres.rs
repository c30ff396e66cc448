//! A PostgreSQL server of a test's own: real, empty, reached by a socket in the test's folder, gone with the test. The tests of
//! `state` use it as well.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The user that runs it where we are root, which PostgreSQL refuses to be.
const USER: &str = "postgres";

pub(crate) struct TestServer {
    folder: tempfile::TempDir,
    programs: PathBuf,
    process: Child,
}

impl TestServer {
    /// None where PostgreSQL is not installed: a visible skip, or a failure where everything is expected to run.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var_os("NIXWRIGHT_REQUIRE_E2E").is_none(),
                "NIXWRIGHT_REQUIRE_E2E is set, and PostgreSQL is not installed"
            );
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("nw-pg")
            .tempdir()
            .expect("a program of PostgreSQL or of the system runs");
        if is_root() {
            let owned = Command::new("chown")
                .arg(USER)
                .arg(folder.path())
                .status()
                .expect("a program of PostgreSQL or of the system runs");
            assert!(owned.success());
        }
        let made = as_user(&programs.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=nixwright",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .output()
            .expect("a program of PostgreSQL or of the system runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let process = begin(&programs, folder.path());
        let server = Self { folder, programs, process };
        server.await_answer();
        Some(server)
    }

    /// What `--state` is told.
    pub(crate) fn url(&self) -> String {
        format!("postgres://nixwright@localhost/postgres?host={}", self.folder.path().display())
    }

    /// Ends it as a crash would; committed transactions survive that.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("a program of PostgreSQL or of the system runs");
        self.process.wait().expect("a program of PostgreSQL or of the system runs");
    }

    pub(crate) fn start_again(&mut self) {
        // The processes of those that were connected see that their server died, and end by and by.
        let lock = self.folder.path().join("data/postmaster.pid");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            let _ = std::fs::remove_file(&lock);
            self.process = begin(&self.programs, self.folder.path());
            if self.answers_within(Duration::from_secs(2)) {
                return;
            }
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        panic!("the server does not come back");
    }

    fn await_answer(&self) {
        assert!(self.answers_within(Duration::from_secs(30)), "the server does not answer");
    }

    fn answers_within(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            let asked = Command::new(self.programs.join("pg_isready"))
                .args(["-q", "-h"])
                .arg(self.folder.path())
                .status()
                .expect("a program of PostgreSQL or of the system runs");
            if asked.success() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Its children end when they see that it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn begin(programs: &Path, folder: &Path) -> Child {
    as_user(&programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        // Nothing of it is to survive this computer.
        .args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "shared_buffers=16MB",
            "-c",
            "max_connections=200",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a program of PostgreSQL or of the system runs")
}

/// A program run by somebody who is not root, and gone when this process is.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").expect("a program of PostgreSQL or of the system runs").uid() == 0
}

/// Where Debian keeps the server's programs, which are not on PATH: the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
    versions.retain(|path| path.join("initdb").exists() && path.join("postgres").exists());
    versions.sort();
    versions.pop()
}
