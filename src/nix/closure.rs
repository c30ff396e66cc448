//! Closures with the sizes of their paths: of a system in this machine's store, and of what a machine runs.

use std::time::Duration;

use super::{Nix, NixError, StorePath};
use crate::system::{Command, Output, Remote, RemoteError};

/// One query a path; this is time for a hundred thousand of them on a slow disk.
const LIMIT: Duration = Duration::from_secs(600);

/// All paths, then all sizes in the same order. A constant: the path is an argument.
const CLOSURE: &str = r#"paths=$(nix-store --query --requisites "$1") || exit 1
echo "$paths"
echo "$paths" | xargs nix-store --query --size"#;

/// A closure, and the size of each of its paths in bytes.
pub async fn closure(nix: &Nix, path: &StorePath) -> Result<Vec<(StorePath, u64)>, NixError> {
    let command = command(path);
    let output = nix.system.processes.run(&command, None).await?.checked(&command)?;
    Ok(read(&output))
}

/// The same of a path in a machine's store.
pub async fn closure_there(
    path: &StorePath,
    machine: &str,
    remote: &dyn Remote,
) -> Result<Vec<(StorePath, u64)>, NixError> {
    let command = command(path);
    let output = remote.run(&command, None).await?;
    if output.ended.success() {
        return Ok(read(&output));
    }
    let (machine, stderr) = (machine.to_owned(), output.stderr_text());
    // The script itself is nothing to read.
    let command = format!("nix-store --query --requisites {path}");
    Err(RemoteError::Failed { machine, command, ended: output.ended, stderr }.into())
}

/// The size of paths in this machine's store, all together, in bytes.
pub async fn size(nix: &Nix, paths: &[StorePath]) -> Result<u64, NixError> {
    if paths.is_empty() {
        return Ok(0);
    }
    let lines: String = paths.iter().map(|path| format!("{path}\n")).collect();
    let command =
        Command::new("xargs").args(["nix-store", "--query", "--size"]).stdin(lines.into_bytes()).limit(LIMIT);
    let output = nix.system.processes.run(&command, None).await?.checked(&command)?;
    Ok(output.stdout_text().lines().filter_map(|line| line.trim().parse::<u64>().ok()).sum())
}

fn command(path: &StorePath) -> Command {
    Command::new("sh").args(["-c", CLOSURE, "sh", path.as_str()]).limit(LIMIT)
}

fn read(output: &Output) -> Vec<(StorePath, u64)> {
    let said = output.stdout_text();
    let paths = said.lines().map_while(|line| StorePath::new(line.trim()).ok());
    let sizes = said.lines().filter_map(|line| line.trim().parse().ok());
    paths.zip(sizes).collect()
}
