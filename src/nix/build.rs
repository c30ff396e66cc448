//! Building the system of one machine, with the lines that explain a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::message::{self, Message};
use super::{Nix, NixError, StorePath};
use crate::system::{Command, Line, Remote};

/// How many lines of a failed build's log its message shows; `nix-store -l` has all of them.
const LINES_SHOWN: usize = 10;

/// A command line holds at least a hundred times as much.
const PATHS_AT_ONCE: usize = 200;

/// Whether a path is in this machine's store, whole.
pub async fn is_valid(nix: &Nix, path: &StorePath) -> Result<bool, NixError> {
    let command = nix.command("nix-store").args(["--check-validity", path.as_str()]);
    Ok(nix.system.processes.run(&command, None).await?.ended.success())
}

/// Those of the paths that are not in the store of this machine, or not whole.
pub async fn invalid(nix: &Nix, paths: &[&StorePath]) -> Result<BTreeSet<StorePath>, NixError> {
    let mut invalid = BTreeSet::new();
    for some in paths.chunks(PATHS_AT_ONCE) {
        let command = nix.command("nix-store").args(["--check-validity", "--print-invalid"]);
        let command = command.args(some.iter().map(|path| path.as_str()));
        let output = nix.system.processes.run(&command, None).await?.checked(&command)?;
        invalid.extend(output.stdout_text().lines().filter_map(|line| StorePath::new(line.trim()).ok()));
    }
    Ok(invalid)
}

/// Builds (or fetches) what a derivation gives. `root` becomes a link that keeps the result from being collected.
pub async fn build(
    nix: &Nix,
    derivation: &StorePath,
    root: &Path,
    messages: UnboundedSender<Message>,
) -> Result<(), NixError> {
    let command = nix
        .command("nix-store")
        .args(["--realise", "--keep-going", "--log-format", "internal-json", "-v", "--add-root"])
        .arg(root.display().to_string())
        .args(["--indirect", derivation.as_str()]);
    let (sender, lines) = tokio::sync::mpsc::unbounded_channel();
    let (output, story) =
        tokio::join!(nix.system.processes.run(&command, Some(sender)), listen(lines, messages));
    judged(derivation, output?.ended.success(), story)
}

/// Has a machine build a derivation that is in its store. `root` is a path there.
pub async fn build_there(
    remote: &dyn Remote,
    nix: &Nix,
    derivation: &StorePath,
    root: &str,
    messages: UnboundedSender<Message>,
) -> Result<(), NixError> {
    let mut command = Command::new("nix-store");
    for (name, value) in &nix.options {
        command = command.args(["--option", name, value]);
    }
    let command = command
        .args(["--realise", "--keep-going", "--log-format", "internal-json", "-v", "--add-root", root])
        .arg(derivation.as_str());
    let (sender, lines) = tokio::sync::mpsc::unbounded_channel();
    let (output, story) = tokio::join!(remote.run(&command, Some(sender)), listen(lines, messages));
    judged(derivation, output?.ended.success(), story)
}

async fn listen(mut lines: UnboundedReceiver<Line>, messages: UnboundedSender<Message>) -> Story {
    let mut story = Story::default();
    while let Some(line) = lines.recv().await {
        if let Some(message) = message::parse(&line.text) {
            story.note(&message);
            // The build goes on even when nobody watches.
            let _ = messages.send(message);
        }
    }
    story
}

fn judged(derivation: &StorePath, success: bool, story: Story) -> Result<(), NixError> {
    if success {
        return Ok(());
    }
    Err(NixError::Build { derivation: derivation.clone(), explanation: story.explanation() })
}

/// Keeps derivations from being collected: links `root`, `root-2`, … lead to them.
pub async fn keep_derivations(nix: &Nix, derivations: &[&StorePath], root: &Path) -> Result<(), NixError> {
    if derivations.is_empty() {
        return Ok(());
    }
    // On standard input, not as an argument: a network is larger than an argument may be. A store path needs no quoting.
    let named = derivations.iter().map(|path| {
        format!("{{ type = \"derivation\"; name = \"kept\"; drvPath = \"{path}\"; outputName = \"out\"; }}\n")
    });
    let expression = format!("[\n{}]\n", named.collect::<String>());
    let command = nix
        .command("nix-instantiate")
        .arg("--add-root")
        .arg(root.display().to_string())
        .args(["--indirect", "-"])
        .stdin(expression.into_bytes())
        .limit(KEEP_LIMIT);
    nix.system.processes.run(&command, None).await?.checked(&command)?;
    Ok(())
}

/// A few links for each machine.
const KEEP_LIMIT: Duration = Duration::from_secs(300);

/// What a build said, kept only as far as a failure needs it.
#[derive(Default)]
struct Story {
    running: BTreeMap<u64, (String, Vec<String>)>,
    stopped: Vec<(String, Vec<String>)>,
    errors: Vec<String>,
}

impl Story {
    fn note(&mut self, message: &Message) {
        match message {
            Message::BuildStarted { id, derivation } => {
                self.running.insert(*id, (derivation.clone(), Vec::new()));
            }
            Message::BuildLine { id, text } => {
                if let Some((_, log)) = self.running.get_mut(id) {
                    log.push(text.clone());
                    if log.len() > LINES_SHOWN {
                        log.remove(0);
                    }
                }
            }
            Message::Stopped { id } => self.stopped.extend(self.running.remove(id)),
            Message::Error { text } if !self.errors.contains(text) => self.errors.push(text.clone()),
            Message::Error { .. }
            | Message::Phase { .. }
            | Message::CopyStarted { .. }
            | Message::Plain { .. } => {}
        }
    }

    /// The errors of Nix, and for each derivation that they name the end of its log.
    fn explanation(self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for error in &self.errors {
            lines.extend(error.lines().map(str::to_owned));
        }
        for (derivation, log) in self.stopped.into_iter().chain(self.running.into_values()) {
            let named = self
                .errors
                .iter()
                .any(|error| error.contains(&derivation) && !error.contains("dependencies of"));
            // Nix repeats the log in its own message from 2.4 on; only what it left out is added.
            let missing: Vec<_> =
                log.iter().filter(|line| !self.errors.iter().any(|error| error.contains(*line))).collect();
            if named && !missing.is_empty() {
                lines.push(format!("the log of {derivation} ends with:"));
                lines.extend(missing.into_iter().map(|line| format!("  {line}")));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_log_of_the_derivation_that_failed() {
        let mut story = Story::default();
        for (id, derivation) in [(1, "/nix/store/good.drv"), (2, "/nix/store/bad.drv")] {
            story.note(&Message::BuildStarted { id, derivation: derivation.to_owned() });
            story.note(&Message::BuildLine { id, text: format!("said by {id}") });
            story.note(&Message::Stopped { id });
        }
        for _ in 0..2 {
            story.note(&Message::Error { text: "error: builder for '/nix/store/bad.drv' failed".to_owned() });
        }
        assert_eq!(
            story.explanation(),
            [
                "error: builder for '/nix/store/bad.drv' failed",
                "the log of /nix/store/bad.drv ends with:",
                "  said by 2"
            ]
        );
    }
}
