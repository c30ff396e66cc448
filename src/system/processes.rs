//! Running programs on this machine.

#![expect(clippy::disallowed_methods, reason = "this file is where the real calls are")]

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};

use super::Pending;
use super::command::{Command, Ended, Line, Lines, Output, ProcessError, Stream};

/// Programs on this machine.
pub trait Processes: Send + Sync {
    /// Runs a program to its end. Its lines are sent to `lines` while it runs; all it wrote is returned too.
    /// An exit status other than 0 is no error here: see [`Output::checked`].
    fn run<'a>(
        &'a self,
        command: &'a Command,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, ProcessError>>;

    /// Runs a program on this terminal (its standard streams are ours) to its end.
    fn attach<'a>(&'a self, command: &'a Command) -> Pending<'a, Result<Ended, ProcessError>>;
}

/// The programs of this machine.
#[derive(Clone, Copy, Debug)]
pub struct OsProcesses;

/// Between the polite signal and the killing one.
const GRACE: Duration = Duration::from_secs(3);

impl Processes for OsProcesses {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, ProcessError>> {
        Box::pin(run(command, lines))
    }

    fn attach<'a>(&'a self, command: &'a Command) -> Pending<'a, Result<Ended, ProcessError>> {
        Box::pin(async move {
            let mut child =
                prepared(command).kill_on_drop(true).spawn().map_err(|error| start_error(command, error))?;
            let status = child.wait().await.map_err(|error| talk_error(command, error))?;
            Ok(ended(status))
        })
    }
}

fn prepared(command: &Command) -> tokio::process::Command {
    let mut child = tokio::process::Command::new(&command.program);
    for name in &command.withheld {
        child.env_remove(name);
    }
    child.args(&command.arguments).envs(&command.environment);
    if let Some(folder) = &command.folder {
        child.current_dir(folder);
    }
    child
}

async fn run(command: &Command, lines: Option<Lines>) -> Result<Output, ProcessError> {
    let mut child = prepared(command)
        .stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Its own group: a Ctrl-C at the terminal is ours to handle, and a limit ends its children too.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| start_error(command, error))?;
    let group = child.id();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut pipe), Some(bytes)) = (stdin, &command.stdin) {
            // A program that ends without reading all of it is judged by its exit status.
            let _ = pipe.write_all(bytes).await;
        }
    };
    let talk = async {
        let (_, stdout, stderr) = tokio::join!(
            feed,
            collect(stdout, Stream::Stdout, lines.clone()),
            collect(stderr, Stream::Stderr, lines.clone())
        );
        Ok::<_, io::Error>((stdout?, stderr?))
    };
    tokio::pin!(talk);
    let mut limited = false;
    let (stdout, stderr) = tokio::select! {
        said = &mut talk => said,
        () = tokio::time::sleep(command.limit) => {
            limited = true;
            signal(group, rustix::process::Signal::TERM);
            match tokio::time::timeout(GRACE, &mut talk).await {
                Ok(said) => said,
                Err(_) => {
                    signal(group, rustix::process::Signal::KILL);
                    // A descendant that left the group may hold the pipes for ever; what it says is not waited for.
                    tokio::time::timeout(GRACE, &mut talk).await.unwrap_or_else(|_| Ok((Vec::new(), Vec::new())))
                }
            }
        }
    }
    .map_err(|error| talk_error(command, error))?;
    let status = child.wait().await.map_err(|error| talk_error(command, error))?;
    let ended = if limited { Ended::Limit } else { ended(status) };
    Ok(Output { ended, stdout, stderr })
}

/// Reads a stream to its end, and sends every line on while it comes.
async fn collect(
    stream: Option<impl AsyncRead + Unpin>,
    which: Stream,
    lines: Option<Lines>,
) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let Some(stream) = stream else { return Ok(all) };
    let mut reader = BufReader::new(stream);
    loop {
        let start = all.len();
        if reader.read_until(b'\n', &mut all).await? == 0 {
            return Ok(all);
        }
        if let Some(lines) = &lines {
            let text = String::from_utf8_lossy(&all[start..]);
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            // Nobody listening any more is no reason to stop the program.
            let _ = lines.send(Line { stream: which, text });
        }
    }
}

fn signal(group: Option<u32>, signal: rustix::process::Signal) {
    let pid = group.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // A group that is already gone is what we want.
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exit(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Exit(-1),
    }
}

fn start_error(command: &Command, source: io::Error) -> ProcessError {
    if source.kind() == io::ErrorKind::NotFound {
        ProcessError::NotFound { program: command.program.clone() }
    } else {
        ProcessError::Start { command: command.to_string(), source }
    }
}

fn talk_error(command: &Command, source: io::Error) -> ProcessError {
    ProcessError::Talk { command: command.to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        Command::new("sh").args(["-c", script])
    }

    #[tokio::test]
    async fn lines_arrive_and_everything_is_returned() {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let command = sh("cat; echo err >&2; exit 3").stdin("one\ntwo");
        let output = OsProcesses.run(&command, Some(sender)).await.unwrap();
        assert_eq!((output.ended, output.stdout_text().as_str()), (Ended::Exit(3), "one\ntwo"));
        let mut seen = Vec::new();
        while let Some(line) = receiver.recv().await {
            seen.push((line.stream, line.text));
        }
        assert!(seen.contains(&(Stream::Stdout, "two".to_owned())));
        assert!(seen.contains(&(Stream::Stderr, "err".to_owned())));
        let error = output.checked(&command).unwrap_err().to_string();
        assert!(error.ends_with("failed (exit status 3)\n  err"), "{error}");
    }

    #[tokio::test]
    async fn a_limit_ends_the_whole_group() {
        let command = sh("sleep 600 & sleep 600").limit(Duration::from_millis(50));
        let output = OsProcesses.run(&command, None).await.unwrap();
        assert_eq!(output.ended, Ended::Limit);
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let error = OsProcesses.run(&Command::new("no-such-program"), None).await.unwrap_err();
        assert_eq!(error.to_string(), "the program `no-such-program` was not found on PATH");
    }
}
