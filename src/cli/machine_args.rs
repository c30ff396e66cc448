//! The arguments of commands that act on machines which the state knows: which deployment, which machines, how to reach them.

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::deployment_args::DeploymentArgs;
use super::runs::password;
use super::talking::Talking;
use super::{CommandError, ExitCode, Ui};
use crate::execute::{Interrupt, Interrupts, RunError, Session};
use crate::network::did_you_mean;
use crate::network::selectors::Selector;
use crate::state::{Deployment, State};
use crate::system::{Command, Ended, System};

/// Which machines.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct MachineArgs {
    #[command(flatten)]
    pub deployment: DeploymentArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Only these machines, by name, as with NixOps
    #[arg(long, value_name = "MACHINE", num_args = 1..)]
    include: Vec<String>,

    /// Not these machines, by name, as with NixOps
    #[arg(long, value_name = "MACHINE", num_args = 1..)]
    exclude: Vec<String>,
}

impl MachineArgs {
    /// The machines that are meant; none: all of them.
    pub(super) fn selector(&self) -> Result<Option<Selector>, CommandError> {
        let mut parts = Vec::new();
        parts.extend(self.on.as_ref().map(|it| format!("({it})")));
        if !self.include.is_empty() {
            parts.push(format!("({})", self.include.join(", ")));
        }
        if !self.exclude.is_empty() {
            parts.push(format!("not ({})", self.exclude.join(", ")));
        }
        let text = match (&self.on, parts.len()) {
            (_, 0) => return Ok(None),
            // Alone it is shown in messages as it was written.
            (Some(on), 1) => on.clone(),
            _ => parts.join(" and "),
        };
        Ok(Some(Selector::parse(&text).map_err(RunError::from)?))
    }

    pub(super) async fn find(
        &self,
        system: &System,
        state: &State,
    ) -> Result<(Deployment, Option<Selector>), CommandError> {
        let selector = self.selector()?;
        Ok((self.deployment.find(system, state).await?, selector))
    }
}

/// How machines are reached.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ReachArgs {
    /// Seconds to wait for a machine that does not answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86400))]
    ssh_timeout: u64,

    /// A file with the password that users other than root need to become root; without it, it is asked for
    #[arg(long, value_name = "FILE")]
    sudo_password_file: Option<PathBuf>,
}

impl ReachArgs {
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.ssh_timeout)
    }

    /// A session that knows what the operator knows already, and what shows its events.
    pub(super) fn session(&self, system: &System, state: State) -> Result<(Session, Talking), CommandError> {
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let session = Session::new(system.clone(), state, sender)?;
        if let Some(file) = &self.sudo_password_file {
            session.escalate_with(password(system, file)?);
        }
        Ok((session, Talking::new(system, events, None)))
    }
}

/// Refuses a machine that the deployment does not know.
pub(super) async fn machine_named(
    state: &State,
    deployment: &Deployment,
    name: &str,
) -> Result<(), CommandError> {
    let machines = state.machines(deployment.id).await?;
    if machines.iter().any(|machine| machine.name == name) {
        return Ok(());
    }
    let error = CommandError::usage(format!("unknown machine `{name}` in {}", deployment.title()));
    let near = did_you_mean(name, machines.iter().map(|machine| machine.name.as_str()));
    Err(error.hint(near.unwrap_or_else(|| {
        "a machine is known from its first deploy on; `nixwright info` lists them".to_owned()
    })))
}

/// Runs a program on this terminal and ends as it does. A signal must not end us before the session's folder, with its key,
/// is gone; Ctrl-C at the terminal is for the program, which gets it, too.
pub(super) async fn attached(
    system: &System,
    ui: &mut Ui<'_>,
    command: &Command,
) -> Result<ExitCode, CommandError> {
    ui.finish()?;
    let mut end = signal(SignalKind::terminate()).map_err(CommandError::usage)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(CommandError::usage)?;
    let _interrupt = signal(SignalKind::interrupt()).map_err(CommandError::usage)?;
    let ended = tokio::select! {
        ended = system.processes.attach(command) => ended,
        _ = end.recv() => Ok(Ended::Limit),
        _ = hangup.recv() => Ok(Ended::Limit),
    };
    match ended.map_err(CommandError::usage)? {
        Ended::Exit(0) => Ok(ExitCode::Done),
        Ended::Exit(code) => Ok(ExitCode::Other(u8::try_from(code).unwrap_or(u8::MAX))),
        Ended::Signal(_) | Ended::Limit => Ok(ExitCode::Interrupted),
    }
}

/// Does the work of a command that nothing is lost of when it ends early: an interrupt ends it, and the session's folder goes
/// with its keys.
pub(super) async fn until_interrupted<T>(
    session: Session,
    talking: Talking,
    ui: &mut Ui<'_>,
    title: &str,
    mut interrupts: Interrupts,
    work: impl AsyncFnOnce(&Session) -> Result<T, RunError>,
) -> Result<T, CommandError> {
    let worked = {
        let working = async {
            tokio::select! {
                biased;
                Some(Interrupt::Politely | Interrupt::AtOnce) = interrupts.recv() => Err(RunError::Stopped),
                done = work(&session) => done,
            }
        };
        talking.while_working(ui, title, working).await
    };
    session.close().await;
    Ok(worked?)
}
