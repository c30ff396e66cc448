//! One live connection: commands over it, each with a limit.

use std::path::PathBuf;
use std::time::Duration;

use openssh::{Session, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};

use super::failure;
use super::rights::Rights;
use crate::system::{
    Command, Destination, Ended, Line, Lines, Output, Pending, Remote, RemoteError, Secret, Stream, System,
};

/// How long a living master may take to say so; it answers from this machine, without the network.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A control socket with a master behind it.
pub struct Connection {
    system: System,
    destination: Destination,
    socket: PathBuf,
    log: PathBuf,
    session: Session,
    rights: Rights,
}

impl Connection {
    pub(super) fn new(system: System, destination: Destination, socket: PathBuf, log: PathBuf) -> Self {
        let session = Session::resume_mux(socket.clone().into(), Some(log.clone().into()));
        Self { system, destination, socket, log, session, rights: Rights::Own }
    }

    /// Whether the master still lives.
    pub(super) async fn answers(&self) -> bool {
        tokio::time::timeout(ANSWER_LIMIT, self.session.check()).await.is_ok_and(|answer| answer.is_ok())
    }

    /// Ends the master; commands that still run over it are cut.
    pub(super) async fn close(&self) {
        let exit = Command::new("ssh")
            .args(["-O", "exit", "-S"])
            .arg(self.socket.display().to_string())
            .args(["--", &self.destination.host])
            .limit(ANSWER_LIMIT);
        // A master that is gone already is what we want; one that hangs ends by itself when idle.
        let _ = self.system.processes.run(&exit, None).await;
        // What is left of a finished connection is only its log.
        let _ = self.system.files.remove(&self.log);
    }

    /// From now on commands are run as root, where the destination says how.
    pub(super) async fn become_root(&mut self, password: Option<&Secret>) -> Result<(), RemoteError> {
        self.rights = Rights::find(self, &self.destination, password).await?;
        Ok(())
    }

    /// Runs a command with the rights that the connection has so far.
    pub(super) async fn ask(&self, command: &Command) -> Result<Output, RemoteError> {
        self.run(command, None).await
    }

    /// The program and its arguments on the machine, after the environment.
    fn words(command: &Command) -> Vec<String> {
        let mut words = Vec::new();
        if !command.environment.is_empty() {
            words.push("env".to_owned());
            words.extend(command.environment.iter().map(|(name, value)| format!("{name}={value}")));
        }
        words.push(command.program.clone());
        words.extend(command.arguments.iter().cloned());
        words
    }

    async fn talk(&self, command: &Command, lines: Option<Lines>) -> Result<Output, RemoteError> {
        let (words, input) = self.rights.applied(Self::words(command), command.stdin.as_deref());
        let (program, arguments) = words.split_first().expect("a command has a program");
        let mut child = self
            .session
            .command(program.as_str())
            .args(arguments)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .await
            .map_err(|error| self.failure(command, &error, ""))?;
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let feed = async {
            if let (Some(mut pipe), Some(bytes)) = (stdin, &input) {
                // A program that ends without reading all of it is judged by its exit status.
                let _ = pipe.write_all(bytes).await;
                let _ = pipe.shutdown().await;
            }
        };
        let (_, stdout, stderr) = tokio::join!(
            feed,
            collect(stdout, Stream::Stdout, lines.clone()),
            collect(stderr, Stream::Stderr, lines.clone())
        );
        let said = String::from_utf8_lossy(&stderr).into_owned();
        let ended = match child.wait().await {
            Ok(status) => status.code().map_or(Ended::Signal(0), Ended::Exit),
            // openssh takes the shell's 127 for "could not be executed"; it is an exit status like others.
            Err(openssh::Error::Remote(_)) => Ended::Exit(127),
            Err(error) => return Err(self.failure(command, &error, &said)),
        };
        Ok(Output { ended, stdout, stderr })
    }

    fn failure(&self, command: &Command, error: &openssh::Error, said: &str) -> RemoteError {
        let log = self.system.files.read(&self.log).unwrap_or_default();
        failure::of_talking(
            &self.destination,
            command,
            error,
            &format!("{said}{}", String::from_utf8_lossy(&log)),
        )
    }
}

impl Remote for Connection {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, RemoteError>> {
        Box::pin(async move {
            tokio::time::timeout(command.limit, self.talk(command, lines)).await.unwrap_or_else(|_| {
                Err(RemoteError::Limit {
                    machine: self.destination.machine.clone(),
                    command: command.to_string(),
                    limit: command.limit,
                })
            })
        })
    }

    fn ssh_arguments(&self) -> Vec<String> {
        // Without its master such an ssh must fail, not connect in ways we did not verify.
        let socket = format!("ControlPath={}", self.socket.display());
        ["-o", &socket, "-o", "ControlMaster=no", "-o", "ProxyCommand=false"].map(str::to_owned).to_vec()
    }

    fn store_daemon(&self) -> Option<String> {
        self.rights.store_daemon()
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(Connection::close(self))
    }
}

/// Reads a stream to its end and sends every line on while it comes. A stream that breaks ends there: how the
/// command ended tells the rest.
async fn collect(stream: Option<impl AsyncRead + Unpin>, which: Stream, lines: Option<Lines>) -> Vec<u8> {
    let mut all = Vec::new();
    let Some(stream) = stream else { return all };
    let mut reader = BufReader::new(stream);
    loop {
        let start = all.len();
        match reader.read_until(b'\n', &mut all).await {
            Ok(0) | Err(_) => return all,
            Ok(_) => {}
        }
        if let Some(lines) = &lines {
            let text = String::from_utf8_lossy(&all[start..]).trim_end_matches(['\n', '\r']).to_owned();
            // Nobody listening any more is no reason to stop.
            let _ = lines.send(Line { stream: which, text });
        }
    }
}
