//! What git says of a work tree: which files differ from an earlier revision, and what was in them. Asks the program `git`
//! and changes nothing. What a file means is known elsewhere; which files git knows of is read from its index in `network`.

mod error;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::system::{Command, Ended, Files, Output, OverlayFiles, Processes};

pub use error::GitError;

/// A repository with a million files is compared in less.
const LIMIT: Duration = Duration::from_secs(120);

/// Larger files are not Nix; what was in them does not matter.
const LARGEST: usize = 16 << 20;

/// Variables by which a hook of git says where it was called. They would win over the folder that is asked about.
const OF_HOOKS: [&str; 5] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"];

/// What lay at a path earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Earlier {
    Nothing,
    /// A regular file: the name of its content.
    Text(String),
    /// A symlink, a submodule, or what is being merged.
    Other,
}

/// How a work tree differs from an earlier revision.
pub struct Changes {
    work_tree: WorkTree,
    /// The commit that was compared with.
    base: String,
    /// By path, relative to the top.
    paths: BTreeMap<PathBuf, Earlier>,
}

/// A work tree, and whom to ask about it.
struct WorkTree {
    processes: Arc<dyn Processes>,
    top: PathBuf,
}

impl Changes {
    /// What changed in the work tree around a folder since a revision: since the last commit that it shares with what is
    /// checked out, so that only what was done here counts. Also what is not committed, and files that git does not know
    /// yet, unless it ignores them.
    pub async fn since(
        processes: Arc<dyn Processes>,
        folder: &Path,
        revision: &str,
    ) -> Result<Self, GitError> {
        let work_tree = WorkTree::around(processes, folder).await?;
        let base = work_tree.merge_base(revision).await?;
        let mut paths = BTreeMap::new();
        // Without renames, a file that was moved is one that went and one that came.
        let compare =
            ["diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv"];
        let compared = work_tree.told(compare.into_iter().chain([base.as_str(), "--"])).await?;
        let mut parts = compared.stdout.split(|it| *it == 0);
        while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
            paths.insert(path_of(path), earlier(&String::from_utf8_lossy(head)));
        }
        let others = work_tree.told(["ls-files", "--others", "--exclude-standard", "-z"]).await?;
        for path in others.stdout.split(|it| *it == 0).filter(|it| !it.is_empty()) {
            // A file that was only taken out of the index was there.
            paths.entry(path_of(path)).or_insert(Earlier::Nothing);
        }
        Ok(Self { work_tree, base, paths })
    }

    /// The commit that was compared with.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether a file differs, or the submodule that it lies in.
    pub fn holds(&self, path: &Path) -> bool {
        let inside = path.strip_prefix(&self.work_tree.top);
        inside.is_ok_and(|path| path.ancestors().any(|it| self.paths.contains_key(it)))
    }

    /// Whether nothing differs at all.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The files as they were. `read` says whether somebody wants to know what was in a file that is still there.
    pub async fn earlier_files(
        &self,
        files: Arc<dyn Files>,
        read: impl Fn(&Path) -> bool,
    ) -> Result<OverlayFiles, GitError> {
        let mut overlay = OverlayFiles::over(Arc::clone(&files));
        let mut wanted: Vec<(PathBuf, &str)> = Vec::new();
        for (path, earlier) in &self.paths {
            let path = self.work_tree.top.join(path);
            match earlier {
                Earlier::Nothing => overlay.hide(path),
                Earlier::Text(name) if read(&path) || files.kind_of_link(&path).is_err() => {
                    wanted.push((path, name));
                }
                Earlier::Text(_) | Earlier::Other => {}
            }
        }
        let names: Vec<&str> = wanted.iter().map(|(_, name)| *name).collect();
        for ((path, _), text) in wanted.into_iter().zip(self.work_tree.contents(&names).await?) {
            if let Some(text) = text {
                overlay.put(path, text);
            }
        }
        Ok(overlay)
    }
}

impl WorkTree {
    async fn around(processes: Arc<dyn Processes>, folder: &Path) -> Result<Self, GitError> {
        let mut tree = Self { processes, top: folder.to_owned() };
        let asked = tree.ask(["rev-parse", "--show-toplevel"]).await?;
        if !asked.ended.success() {
            return Err(GitError::NoWorkTree { folder: folder.to_owned(), said: asked.stderr_text() });
        }
        tree.top = path_of(asked.stdout.strip_suffix(b"\n").unwrap_or(&asked.stdout));
        Ok(tree)
    }

    /// The last commit that a revision and what is checked out have in common.
    async fn merge_base(&self, revision: &str) -> Result<String, GitError> {
        let commit = match revision {
            it if it.is_empty() || it.starts_with('-') => None,
            _ => self.commit(revision).await?,
        };
        let Some(commit) = commit else {
            let remote = format!("origin/{revision}");
            let is_there = !revision.starts_with('-') && self.commit(&remote).await?.is_some();
            return Err(GitError::UnknownRevision {
                revision: revision.to_owned(),
                remote: Some(remote).filter(|_| is_there),
                shallow: self.is_shallow().await?,
            });
        };
        let Some(head) = self.commit("HEAD").await? else { return Err(GitError::NoCommit) };
        let asked = self.ask(["merge-base", &commit, &head]).await?;
        match asked.ended {
            Ended::Exit(0) => Ok(asked.stdout_text().trim().to_owned()),
            Ended::Exit(1) => Err(GitError::NothingShared {
                revision: revision.to_owned(),
                shallow: self.is_shallow().await?,
            }),
            _ => Err(GitError::Failed { said: asked.stderr_text() }),
        }
    }

    async fn commit(&self, revision: &str) -> Result<Option<String>, GitError> {
        let asked = self.ask(["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]).await?;
        Ok(asked.ended.success().then(|| asked.stdout_text().trim().to_owned()))
    }

    async fn is_shallow(&self) -> Result<bool, GitError> {
        let asked = self.ask(["rev-parse", "--is-shallow-repository"]).await?;
        Ok(asked.stdout_text().trim() == "true")
    }

    /// What is in files, by the names of their contents; nothing where that is far too much.
    async fn contents(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let sizes = self.batch("--batch-check=%(objectname) %(objectsize)", names).await?;
        let size = |line: &str| line.split_once(' ').and_then(|(_, size)| size.parse::<usize>().ok());
        let sizes: Vec<Option<usize>> = String::from_utf8_lossy(&sizes).lines().map(size).collect();
        let is_wanted = |size: &Option<usize>| size.is_some_and(|it| it <= LARGEST);
        let small: Vec<&str> =
            names.iter().zip(&sizes).filter(|(_, size)| is_wanted(size)).map(|(name, _)| *name).collect();
        let bytes = if small.is_empty() { Vec::new() } else { self.batch("--batch", &small).await? };
        let mut rest = bytes.as_slice();
        let mut next = |size: usize| {
            // Before each content stands a line that says what it is, and behind it the end of a line.
            let (_, below) = rest.split_at_checked(rest.iter().position(|it| *it == b'\n')? + 1)?;
            let content = below.get(..size)?.to_vec();
            rest = below.get(size + 1..)?;
            Some(content)
        };
        Ok(sizes.into_iter().map(|size| next(size.filter(|it| *it <= LARGEST)?)).collect())
    }

    async fn batch(&self, how: &str, names: &[&str]) -> Result<Vec<u8>, GitError> {
        let lines: String = names.iter().map(|it| format!("{it}\n")).collect();
        let command = self.command(["cat-file", how]).stdin(lines);
        Ok(well(self.processes.run(&command, None).await?)?.stdout)
    }

    /// What git says where it must not fail.
    async fn told<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Output, GitError> {
        well(self.ask(arguments).await?)
    }

    async fn ask<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Output, GitError> {
        Ok(self.processes.run(&self.command(arguments), None).await?)
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("git")
            // A program that the repository names is not to be started.
            .args(["-c", "core.fsmonitor=false"])
            .args(arguments)
            // Neither its index is to be refreshed, nor anybody to be asked for a password.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .limit(LIMIT);
        for name in OF_HOOKS {
            command = command.without(name);
        }
        command.folder = Some(self.top.clone());
        command
    }
}

fn well(output: Output) -> Result<Output, GitError> {
    if output.ended.success() { Ok(output) } else { Err(GitError::Failed { said: output.stderr_text() }) }
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// What lay there, from `:MODE MODE NAME NAME STATUS`.
fn earlier(head: &str) -> Earlier {
    let mut words = head.trim_start_matches(':').split(' ');
    let (mode, _, name) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
    match (mode, words.next_back().unwrap_or_default()) {
        ("000000", "A") => Earlier::Nothing,
        (mode, _) if mode.starts_with("100") && name.contains(|it| it != '0') => {
            Earlier::Text(name.to_owned())
        }
        _ => Earlier::Other,
    }
}

#[cfg(test)]
mod tests;
