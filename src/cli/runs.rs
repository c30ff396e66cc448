//! What the commands that carry out runs share: their flags, how they are interrupted, and how they end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::counting::without_known;
use super::event_file::EventFile;
use super::options_arg::OptionsArg;
use super::talking::Talking;
use super::{CommandError, ErrorKind, ExitCode, Ui, project};
use crate::checks::{self, Levels};
use crate::execute::{Interrupt, Interrupts, OnFailure, PlanFileError, Policy, RunError, RunResult, Session};
use crate::findings::Level;
use crate::network::{Network, Request};
use crate::nix::NixError;
use crate::report::findings::{Extent, Format, Look, Report, render};
use crate::report::run;
use crate::state::{Outcome, State, StateError};
use crate::steps::{Phase, StepError};
use crate::system::{NoRoot, RemoteError, Secret, System, Terminal};

/// Flags of every run.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RunArgs {
    /// What happens to the rest when a machine fails: `stop` begins nothing new, `continue` goes on with machines
    /// that do not depend on it, `rollback` brings all that the run changed back; instead of
    /// `network.rollout.onFailure`, which is `stop` without a word
    #[arg(long, value_name = "WHAT")]
    on_failure: Option<OnFailureArg>,

    /// Leave a machine whose activation failed as it is
    #[arg(long)]
    no_rollback: bool,

    /// Seconds after its activation within which a machine must be reached over a new connection, or else it goes back by
    /// itself; instead of `deployment.rollback.confirmTimeout`
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_rollback", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    confirm_timeout: Option<u64>,

    /// How many machines are in the middle of their activation, from its begin to their last step; instead of
    /// `network.rollout.maxParallel`
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    parallel: Option<u64>,

    /// Activate a machine as soon as its own system is copied; otherwise all copies end before the first activation
    #[arg(long)]
    pipeline: bool,

    /// How many copies run at the same time
    #[arg(long, value_name = "N")]
    max_concurrent_copy: Option<usize>,

    /// How many machines are activated at the same time
    #[arg(long, value_name = "N")]
    max_concurrent_activate: Option<usize>,

    /// Seconds to wait for a machine that does not answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86400))]
    ssh_timeout: u64,

    /// Write what happens to this file as JSON, one event a line as it happens: a file, a named pipe, `/dev/fd/N`
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// Do not ask before machines are touched
    #[arg(short, long)]
    yes: bool,

    /// A file with the password that users other than root need to become root; without it, it is asked for
    #[arg(long, value_name = "FILE")]
    sudo_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OnFailureArg {
    Stop,
    Continue,
    Rollback,
}

impl RunArgs {
    pub(super) fn policy(&self) -> Policy {
        Policy {
            on_failure: self.on_failure.map(|it| match it {
                OnFailureArg::Stop => OnFailure::Stop,
                OnFailureArg::Continue => OnFailure::Continue,
                OnFailureArg::Rollback => OnFailure::Rollback,
            }),
            rollback: !self.no_rollback,
            confirm_seconds: self.confirm_timeout,
            concurrent_copies: self.max_concurrent_copy,
            concurrent_activations: self.max_concurrent_activate,
            parallel: self.parallel.map(|it| usize::try_from(it).unwrap_or(usize::MAX)),
            pipeline: self.pipeline,
            patience: Duration::from_secs(self.ssh_timeout),
        }
    }

    /// A session that knows what the operator knows already, and what shows its events. The file for events is opened here:
    /// before anything is touched it is known that it can be written.
    pub(super) fn session(&self, system: &System, state: State) -> Result<(Session, Talking), CommandError> {
        let file = self.events.clone().map(|path| EventFile::open(system, path)).transpose()?;
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let session = Session::new(system.clone(), state, sender)?;
        if let Some(file) = &self.sudo_password_file {
            session.escalate_with(password(system, file)?);
        }
        Ok((session, Talking::new(system, events, file)))
    }

    /// Whether there is somebody to ask.
    pub(super) fn ask(&self, terminal: Terminal) -> bool {
        !self.yes && terminal.stdin_is_terminal && terminal.stderr_is_terminal
    }
}

pub(super) fn password(system: &System, file: &Path) -> Result<Secret, CommandError> {
    let cannot = |why: String| {
        CommandError::usage(format!("the password in {} cannot be used: {why}", file.display()))
    };
    let bytes = system.files.read(file).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot("it is no text".to_owned()))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    if password.is_empty() || password.contains(['\n', '\0']) {
        return Err(cannot("it has to be one line".to_owned()));
    }
    Ok(Secret::new(password))
}

/// Ctrl-C, or a request to end, once: end politely; twice: at once.
pub(super) fn interrupts() -> Result<Interrupts, CommandError> {
    let (sender, interrupts) = tokio::sync::mpsc::unbounded_channel();
    let mut end = signal(SignalKind::terminate()).map_err(CommandError::usage)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(CommandError::usage)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::usage)?;
    tokio::spawn(async move {
        for kind in [Interrupt::Politely, Interrupt::AtOnce] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = end.recv() => {}
                _ = hangup.recv() => {}
            }
            if sender.send(kind).is_err() {
                return;
            }
        }
    });
    Ok(interrupts)
}

/// The static checks of a deployment's network. Prints what they find; false where that is an error.
pub(super) fn check(
    system: &System,
    ui: &mut Ui<'_>,
    request: &Request,
    no_check: bool,
) -> Result<bool, CommandError> {
    if no_check {
        Network::load(request)?;
        return Ok(true);
    }
    // As `nixwright check` has it: a level that the project sets holds here, too.
    let Some(project) = project::of(system, ui, request)?.project else { return Ok(false) };
    let request = OptionsArg::default().added_to(system, request.clone(), project.options.as_ref())?;
    let mut levels = Levels::default();
    let baseline = project.baseline.clone();
    levels.of_project(project);
    let network = Network::load(&request)?;
    let findings = checks::run(&network, &levels);
    let mut findings = without_known(system, baseline.as_deref(), &network, findings)?;
    // Hints are for whoever writes the network, not for whoever deploys it.
    findings.retain(|finding| finding.level != Level::Hint);
    if findings.is_empty() {
        return Ok(true);
    }
    let extent = Extent {
        files: network.files.len(),
        machines: network.machines.len(),
        unknown: network.unknown(),
        ..Extent::default()
    };
    let report = Report {
        findings: &findings,
        sources: network.sources(),
        extent: &extent,
        working_folder: system.environment.working_folder(),
    };
    let look = Look { colour: ui.terminal.colour_stderr, width: ui.terminal.width };
    ui.say(render(&report, Format::Human, look).trim_end());
    let stopped = levels.fails(&findings);
    if stopped {
        ui.say("nothing was evaluated or touched; `--no-check` deploys all the same");
    }
    Ok(!stopped)
}

/// The summary of a run and its exit code.
pub(super) fn finish(
    ui: &mut Ui<'_>,
    title: &str,
    result: Result<RunResult, RunError>,
    dry_run: bool,
) -> Result<ExitCode, CommandError> {
    let result = match result {
        Ok(result) => result,
        Err(RunError::Journal { source, result }) => {
            ui.say(run::summary(title, &result, ui.terminal).trim_end());
            return Err(RunError::Journal { source, result }.into());
        }
        Err(error) => return Err(error.into()),
    };
    if dry_run {
        if !result.machines.is_empty() {
            ui.say(run::not_part_of_it(&result, ui.terminal).trim_end());
        }
        return Ok(ExitCode::Done);
    }
    ui.say(run::summary(title, &result, ui.terminal).trim_end());
    Ok(exit_code(&result))
}

fn exit_code(result: &RunResult) -> ExitCode {
    match result.outcome() {
        Outcome::Succeeded => ExitCode::Done,
        Outcome::Interrupted => ExitCode::Interrupted,
        Outcome::RolledBack => ExitCode::RolledBack,
        Outcome::Partly => ExitCode::Partly,
        Outcome::Failed => match result.failed_phase() {
            Some(Phase::Build) => ExitCode::Build,
            Some(Phase::Reach) => ExitCode::Unreachable,
            Some(Phase::Activate | Phase::After) => ExitCode::Partly,
            None => ExitCode::Partly,
        },
    }
}

impl From<StateError> for CommandError {
    fn from(error: StateError) -> Self {
        let kind = match &error {
            StateError::DeploymentNotFound { .. }
            | StateError::DeploymentAmbiguous { .. }
            | StateError::NameTaken { .. }
            | StateError::BadName { .. }
            | StateError::BadPath { .. }
            | StateError::HasMachines { .. }
            | StateError::MachineNotFound { .. }
            | StateError::MachineNameTaken { .. }
            | StateError::BadMachineName { .. }
            | StateError::GenerationNotFound { .. }
            | StateError::GenerationInUse { .. }
            | StateError::RunNotFound { .. }
            | StateError::NoArgument { .. }
            | StateError::NoRun
            | StateError::UnknownRun { .. }
            | StateError::AmbiguousRun { .. } => ErrorKind::Usage,
            _ => ErrorKind::State,
        };
        CommandError::new(kind, error)
    }
}

impl From<PlanFileError> for CommandError {
    fn from(error: PlanFileError) -> Self {
        let is_other = matches!(error, PlanFileError::Version { .. } | PlanFileError::Damaged { .. });
        let error = CommandError::usage(error);
        if is_other { error.hint("`nixwright plan --out FILE` makes a new one") } else { error }
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        let hints = hints(&error);
        let kind = match error {
            RunError::State(error) => return error.into(),
            RunError::Nix(NixError::Build { .. }) => ErrorKind::Build,
            RunError::Nix(_) | RunError::NotEvaluated { .. } | RunError::NoKeys { .. } => {
                ErrorKind::Evaluation
            }
            RunError::Unreachable { .. } => ErrorKind::Unreachable,
            RunError::Moved { .. } => ErrorKind::Moved,
            RunError::Interrupted | RunError::Stopped => ErrorKind::Interrupted,
            RunError::Journal { .. } => ErrorKind::State,
            RunError::Plan(_)
            | RunError::Selector(_)
            | RunError::DependsOn { .. }
            | RunError::TooManyNeeds { .. }
            | RunError::Rollout(_)
            | RunError::RolloutSelector { .. }
            | RunError::NoMachines
            | RunError::NoneKnown { .. }
            | RunError::UnknownMachine { .. }
            | RunError::KeyPair { .. }
            | RunError::Key { .. }
            | RunError::Folder { .. }
            | RunError::NoGeneration
            | RunError::NoEarlierGeneration { .. }
            | RunError::NoAddress { .. }
            | RunError::NotASystem { .. }
            | RunError::NeverReached { .. }
            | RunError::NothingToResume { .. }
            | RunError::UnknownRun { .. }
            | RunError::AmbiguousRun { .. }
            | RunError::Superseded { .. }
            | RunError::NotRecorded { .. }
            | RunError::TakenElsewhere { .. }
            | RunError::Gone { .. }
            | RunError::KeyGone { .. }
            | RunError::GenerationGone
            | RunError::Declined => ErrorKind::Usage,
        };
        let mut error = CommandError::new(kind, error);
        error.hints = hints;
        error
    }
}

/// What to do next.
fn hints(error: &RunError) -> Vec<String> {
    match error {
        RunError::Nix(NixError::Missing { .. }) => {
            vec!["install Nix (Debian: the package nix-bin), or put its programs on PATH".to_owned()]
        }
        RunError::Selector(error)
        | RunError::DependsOn { source: error, .. }
        | RunError::RolloutSelector { source: error, .. } => error.help.clone().into_iter().collect(),
        RunError::Nix(NixError::Evaluation { message }) if message.contains("lock file changes") => {
            vec!["`nix flake lock` writes the lock file".to_owned()]
        }
        RunError::Moved { .. } => {
            vec!["`nixwright plan --out FILE` makes a new plan; look at it before you deploy it".to_owned()]
        }
        RunError::Superseded { .. }
        | RunError::NotRecorded { .. }
        | RunError::TakenElsewhere { .. }
        | RunError::Gone { .. }
        | RunError::NoKeys { .. }
        | RunError::KeyGone { .. } => {
            vec!["`nixwright deploy` makes a new plan, from the machines as they are now".to_owned()]
        }
        RunError::NeverReached { .. } => vec!["deploy to it first".to_owned()],
        RunError::NoneKnown { .. } => vec!["a machine is known from its first deploy on".to_owned()],
        RunError::Unreachable { machines, all } => {
            let mut hints: Vec<String> = machines.values().filter_map(unreachable_hint).collect();
            if *all > machines.len() {
                hints.push("`--on-failure continue` deploys to the machines that answer".to_owned());
            }
            hints
        }
        _ => Vec::new(),
    }
}

fn unreachable_hint(error: &StepError) -> Option<String> {
    match error {
        StepError::Remote(RemoteError::HostKey { machine, .. }) => Some(format!(
            "if `{machine}` was installed anew: compare the fingerprint on its console, then run again with \
             `--trust-new-host-key {machine}`"
        )),
        StepError::Remote(RemoteError::Refused { machine, login, .. }) => Some(format!(
            "log in once by hand (`ssh {login}`) and let `{machine}` accept your key, or set `deployment.targetUser`"
        )),
        StepError::Remote(RemoteError::Escalation { why: NoRoot::PasswordNeeded, .. }) => Some(
            "run it in a terminal, where the password is asked for, or give it with `--sudo-password-file FILE`".to_owned(),
        ),
        StepError::Remote(RemoteError::Escalation { machine, login, why: NoRoot::Refused, .. }) => Some(format!(
            "let {login} become root on `{machine}` (group `wheel`, `security.sudo`), set \
             `deployment.privilegeEscalationCommand`, or log in as root"
        )),
        _ => None,
    }
}
