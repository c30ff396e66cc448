//! Environment variables and what is known about the terminal, read once at the start.

#![expect(clippy::disallowed_methods, reason = "this file is where the real calls are")]

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Variables, working folder and user of this process, as they were when it began.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    working_folder: PathBuf,
    /// The login name that the system knows for this process, where no variable tells.
    login: Option<String>,
}

impl Environment {
    pub fn os() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        // A working folder that was deleted under us leaves the root: relative paths then fail with their names.
        let working_folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        Self { variables, working_folder, login: login_name() }
    }

    /// An environment for tests and the simulation.
    pub fn fake<'a>(working_folder: &Path, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { variables, working_folder: working_folder.to_owned(), login: None }
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn working_folder(&self) -> &Path {
        &self.working_folder
    }

    /// `path` made absolute against the working folder, without looking at the disk.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        self.working_folder.join(path)
    }

    /// The home folder, where `HOME` names one.
    pub fn home(&self) -> Option<&Path> {
        self.get("HOME").map(Path::new)
    }

    /// Where data of this user lives: `$XDG_DATA_HOME`, else `~/.local/share`.
    pub fn data_home(&self) -> Option<PathBuf> {
        self.get("XDG_DATA_HOME").map(PathBuf::from).or_else(|| Some(self.home()?.join(".local/share")))
    }

    /// Where caches of this user live: `$XDG_CACHE_HOME`, else `~/.cache`.
    pub fn cache_home(&self) -> Option<PathBuf> {
        self.get("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(self.home()?.join(".cache")))
    }

    /// Sockets need short paths: `$XDG_RUNTIME_DIR`, else the folder for temporary files.
    pub fn runtime_folder(&self) -> PathBuf {
        self.get("XDG_RUNTIME_DIR").map_or_else(|| self.temporary_folder(), PathBuf::from)
    }

    /// `$TMPDIR`, else `/tmp`.
    pub fn temporary_folder(&self) -> PathBuf {
        PathBuf::from(self.get("TMPDIR").unwrap_or("/tmp"))
    }

    /// The login name of whoever runs the program, for the record of who deployed.
    pub fn user(&self) -> &str {
        let told = self.get("SUDO_USER").or(self.get("LOGNAME")).or(self.get("USER"));
        told.or(self.login.as_deref()).unwrap_or("unknown")
    }
}

/// The name of this process's user in the system's list of users.
fn login_name() -> Option<String> {
    let user = rustix::process::getuid().as_raw().to_string();
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = list.lines().find(|line| line.split(':').nth(2) == Some(user.as_str()))?;
    line.split(':').next().map(str::to_owned)
}

/// Facts about standard output and standard error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    pub stdin_is_terminal: bool,
    /// Colour on standard output.
    pub colour_stdout: bool,
    /// Colour on standard error.
    pub colour_stderr: bool,
    /// Columns; 80 where nobody knows.
    pub width: usize,
}

impl Terminal {
    /// Where lines of results are to be broken: the width of a terminal; nowhere in a pipe, where programs read.
    pub fn line_width(&self) -> usize {
        if self.stdout_is_terminal { self.width } else { usize::MAX }
    }

    pub fn os(environment: &Environment) -> Self {
        let (stdout, stderr) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let forced = environment.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let forbidden = environment.get("NO_COLOR").is_some() || environment.get("TERM") == Some("dumb");
        let colour = |terminal| forced || (terminal && !forbidden);
        let width = environment
            .get("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .or_else(|| {
                rustix::termios::tcgetwinsize(std::io::stderr()).ok().map(|size| usize::from(size.ws_col))
            })
            .filter(|columns| *columns > 0)
            .unwrap_or(80);
        Self {
            stdout_is_terminal: stdout,
            stderr_is_terminal: stderr,
            stdin_is_terminal: std::io::stdin().is_terminal(),
            colour_stdout: colour(stdout),
            colour_stderr: colour(stderr),
            width,
        }
    }
}
