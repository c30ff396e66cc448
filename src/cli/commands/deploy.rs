//! `nixwright deploy`: machines become what the network says.

use std::path::{Path, PathBuf};

use crate::cli::deployment_args::{DeploymentArgs, recorded_request};
use crate::cli::examined::IMPURE;
use crate::cli::runs::{self, RunArgs};
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::execute::{self, Deploy, SavedPlan, SendKeys};
use crate::network::{Reboot, selectors::Selector};
use crate::plan::{Goal, REBOOT_SECONDS};
use crate::state::{Deployment, NewDeployment, State, StateError};
use crate::system::System;

/// Deploy a network
///
/// Checks the network, evaluates and builds it with Nix, copies each machine's system to it over ssh, and activates
/// the systems in the order that `deployment.dependsOn` gives. Each machine must answer over a new connection before
/// its new system becomes the one that boots; one that fails goes back to what it ran.
///
/// A network that is named by its files gets its record by itself.
///
/// Example: nixwright deploy -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeployArgs {
    #[command(flatten)]
    asked: AskedArgs,

    /// Show what would be done, and touch nothing: `nixwright plan`
    #[arg(long)]
    dry_run: bool,

    /// Carry out exactly the plan that `nixwright plan --out FILE` kept, with the options that it was made with; refused
    /// when the network, the state or a machine is not as it was then
    #[arg(long, value_name = "FILE", conflicts_with_all = WITH_IT)]
    plan: Option<PathBuf>,
}

/// What a plan that was kept brings with it.
pub(super) const WITH_IT: [&str; 19] = [
    "files",
    "deployment",
    "on",
    "build_only",
    "copy_only",
    "dry_activate",
    "test",
    "boot",
    "keys_only",
    "no_keys",
    "nix_option",
    "impure",
    "trust_new_host_key",
    "on_failure",
    "no_rollback",
    "confirm_timeout",
    "allow_reboot",
    "force_reboot",
    "reboot_timeout",
];

/// What is to be deployed, how far and how.
#[derive(Debug, clap::Args)]
pub(super) struct AskedArgs {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    pub run: RunArgs,

    /// Only these machines: names, globs, `@tag`, `and`, `or`, `not`, `needs(X)`, `needed-by(X)`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Build the systems, and touch no machine
    #[arg(long, group = "goal")]
    build_only: bool,

    /// Build and copy the systems, and activate none
    #[arg(long, group = "goal")]
    copy_only: bool,

    /// Build and copy the systems, and say what their activation would do
    #[arg(long, group = "goal")]
    dry_activate: bool,

    /// Boot the systems from now on, but do not activate them now; nobody confirms that they work
    #[arg(long, group = "goal")]
    boot: bool,

    /// Activate the systems, but leave what boots as it is
    #[arg(long, group = "goal")]
    test: bool,

    /// Send the keys that are missing or differ, and do nothing else; as `nixwright send-keys`
    #[arg(long, group = "goal", conflicts_with = "no_keys")]
    pub keys_only: bool,

    /// Send no keys, and leave those that are there
    #[arg(long)]
    no_keys: bool,

    /// Have every machine build its own system, whatever `deployment.buildOnTarget` says
    #[arg(long, overrides_with = "no_build_on_target")]
    build_on_target: bool,

    /// Build every system here, whatever `deployment.buildOnTarget` says
    #[arg(long, overrides_with = "build_on_target")]
    no_build_on_target: bool,

    /// Remote builders, as Nix' own option `builders` has them
    #[arg(long, value_name = "BUILDERS")]
    builders: Option<String>,

    /// Reboot machines where only that brings in what is new: a kernel, its parameters, another init
    #[arg(long, visible_alias = "reboot-when-needed")]
    allow_reboot: bool,

    /// Reboot every machine that is deployed to
    #[arg(long)]
    force_reboot: bool,

    /// Seconds that a machine may be away for its reboot
    #[arg(long, value_name = "SECONDS", default_value_t = REBOOT_SECONDS, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    reboot_timeout: u64,

    /// Do not stop at findings of the static checks
    #[arg(long)]
    no_check: bool,

    /// An option for Nix
    #[arg(long = "option", num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    nix_option: Vec<String>,

    /// Let a flake look at this machine, as in Nix (`--option pure-eval false`)
    #[arg(long)]
    impure: bool,

    /// Forget the known host key of a machine and trust the one it shows next; check it on its console first
    #[arg(long, value_name = "MACHINE", conflicts_with = "keys_only")]
    trust_new_host_key: Vec<String>,
}

impl AskedArgs {
    fn goal(&self) -> Goal {
        let goals = [
            (self.build_only, Goal::Build),
            (self.copy_only, Goal::Copy),
            (self.dry_activate, Goal::DryActivate),
            (self.boot, Goal::Boot),
            (self.test, Goal::Test),
        ];
        goals.into_iter().find(|(asked, _)| *asked).map_or(Goal::Switch, |(_, goal)| goal)
    }

    fn nix_options(&self) -> Vec<(String, String)> {
        let impure = self.impure.then(|| IMPURE.map(str::to_owned).into());
        let given = self.nix_option.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
        let builders = self.builders.iter().map(|it| ("builders".to_owned(), it.clone()));
        impure.into_iter().chain(given).chain(builders).collect()
    }

    /// Finds the deployment, checks its network, and records it where it is new. None where findings stop it.
    pub(super) async fn begin(
        &self,
        system: &System,
        ui: &mut Ui<'_>,
    ) -> Result<Option<Begun>, CommandError> {
        let on = self.on.as_deref().map(Selector::parse).transpose().map_err(execute::RunError::from)?;
        let state = self.deployment.state.open(system).await?;
        let meant = self.find(system, &state).await?;
        let request = match &meant {
            Meant::Known(it) => recorded_request(system, &it.source, &it.arguments, &it.nix_path)?,
            Meant::New(it) => recorded_request(system, &it.source, &it.arguments, &it.nix_path)?,
        };
        if !runs::check(system, ui, &request, self.no_check)? {
            return Ok(None);
        }
        let deployment = match meant {
            Meant::Known(known) => known,
            Meant::New(new) => state.create_deployment(new).await?,
        };
        Ok(Some(Begun { on, state, deployment }))
    }

    /// The same for a plan that was kept: the deployment that it names.
    pub(super) async fn begin_again(
        &self,
        system: &System,
        saved: &SavedPlan,
    ) -> Result<Begun, CommandError> {
        let on = saved.wishes.on.as_deref().map(Selector::parse);
        let on = on.transpose().map_err(execute::RunError::from)?;
        let state = self.deployment.state.open(system).await?;
        let known = state.find_deployment(&saved.plan.deployment.to_string()).await;
        let deployment = known.map_err(|error| match error {
            StateError::DeploymentNotFound { .. } => {
                let error =
                    format!("the plan is for `{}`, a deployment that is not in this state", saved.title);
                CommandError::usage(error).hint("`--state` names the state that it was made with")
            }
            other => other.into(),
        })?;
        Ok(Begun { on, state, deployment })
    }

    /// What is asked for, without a question before it begins.
    pub(super) fn request<'a>(&'a self, deployment: &'a Deployment, on: Option<&'a Selector>) -> Deploy<'a> {
        Deploy {
            deployment,
            goal: self.goal(),
            ask: false,
            on,
            on_text: self.on.as_deref(),
            policy: self.run.policy(),
            no_keys: self.no_keys,
            reboot: match (self.force_reboot, self.allow_reboot) {
                (true, _) => Reboot::Always,
                (_, true) => Reboot::WhenNeeded,
                _ => Reboot::Never,
            },
            reboot_within: self.reboot_timeout,
            build_on_target: match (self.build_on_target, self.no_build_on_target) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            nix_options: self.nix_options(),
            trust_new_host_keys: &self.trust_new_host_key,
            exactly: None,
        }
    }

    /// The deployment that is meant: by name, by the named files, by the nearest network, or the only one there is.
    async fn find(&self, system: &System, state: &State) -> Result<Meant, CommandError> {
        let meant = if self.network.is_named() {
            let new = self.network.new_deployment(system, self.deployment.deployment.clone())?;
            match &new.name {
                None => state.find_by_source(&new.source).await?.map_or(Meant::New(new), Meant::Known),
                Some(name) => match state.find_deployment(name).await {
                    Ok(known) if known.source.is_where(&new.source) => Meant::Known(known),
                    Ok(known) => {
                        let error = format!("the deployment {} is made from other files", known.title());
                        return Err(
                            CommandError::usage(error).hint("give the new one another name with `-d NAME`")
                        );
                    }
                    Err(StateError::DeploymentNotFound { .. }) => Meant::New(new),
                    Err(error) => return Err(error.into()),
                },
            }
        } else if self.deployment.named(system).is_some() {
            Meant::Known(self.deployment.find(system, state).await?)
        } else {
            match self.network.new_deployment(system, None) {
                Ok(new) => state.find_by_source(&new.source).await?.map_or(Meant::New(new), Meant::Known),
                Err(nothing_here) if state.deployments().await?.is_empty() => return Err(nothing_here),
                Err(_) => Meant::Known(self.deployment.find(system, state).await?),
            }
        };
        if let Meant::Known(known) = &meant {
            self.agrees_with(system, known)?;
        }
        Ok(meant)
    }

    /// What is given here must be what is recorded: arguments that are silently ignored deploy something else.
    fn agrees_with(&self, system: &System, known: &Deployment) -> Result<(), CommandError> {
        let (arguments, nix_path) = self.network.recorded(system);
        let other_arguments = !arguments.is_empty() && arguments != known.arguments;
        let other_path = !nix_path.is_empty() && nix_path != known.nix_path;
        let other_dialect =
            self.network.read.dialect.is_some() && self.network.read.dialect != known.source.dialect();
        let what = match (other_arguments, other_path, other_dialect) {
            (true, _, _) => "other arguments",
            (_, true, _) => "another search path",
            (_, _, true) => "another `--dialect`, or none",
            _ => return Ok(()),
        };
        let error = format!("the deployment {} was recorded with {what}", known.title());
        Err(CommandError::usage(error)
            .hint("a deployment of the same files with other ones has a name of its own: `-d NAME`"))
    }
}

/// Everything that a deploy or a plan begins with.
pub(super) struct Begun {
    pub on: Option<Selector>,
    pub state: State,
    pub deployment: Deployment,
}

/// Carries out a plan that was kept.
async fn exactly(
    system: &System,
    ui: &mut Ui<'_>,
    args: &AskedArgs,
    file: &Path,
) -> Result<ExitCode, CommandError> {
    let saved = SavedPlan::read(system, &system.environment.absolute(file))?;
    let begun = args.begin_again(system, &saved).await?;
    let (session, talking) = args.run.session(system, begun.state)?;
    let mut interrupts = runs::interrupts()?;
    let title = begun.deployment.title();
    let request = saved.request(&begun.deployment, begun.on.as_ref(), args.run.ask(ui.terminal));
    let run = execute::deploy(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}

/// A deployment that is recorded, or that is to be.
enum Meant {
    Known(Deployment),
    New(NewDeployment),
}

pub(super) async fn deploy(
    system: &System,
    ui: &mut Ui<'_>,
    args: &DeployArgs,
) -> Result<ExitCode, CommandError> {
    if args.dry_run && !args.asked.keys_only {
        return super::plan::dry_run(system, ui, &args.asked).await;
    }
    let deploy = args;
    let args = &deploy.asked;
    if let Some(file) = &deploy.plan {
        return exactly(system, ui, args, file).await;
    }
    let Some(begun) = args.begin(system, ui).await? else { return Ok(ExitCode::Findings) };
    let (session, talking) = args.run.session(system, begun.state)?;
    let mut interrupts = runs::interrupts()?;
    let title = begun.deployment.title();
    if args.keys_only {
        let request = SendKeys {
            deployment: &begun.deployment,
            on: begun.on.as_ref(),
            force: false,
            dry_run: deploy.dry_run,
            ask: args.run.ask(ui.terminal),
            policy: args.run.policy(),
            nix_options: args.nix_options(),
        };
        let run = execute::send_keys(&session, request, &mut interrupts);
        let result = talking.while_running(ui, &title, deploy.dry_run, run).await;
        session.close().await;
        return runs::finish(ui, &title, result, deploy.dry_run);
    }
    let mut request = args.request(&begun.deployment, begun.on.as_ref());
    request.ask = args.run.ask(ui.terminal);
    let run = execute::deploy(&session, request, &mut interrupts);
    let result = talking.while_running(ui, &title, false, run).await;
    session.close().await;
    runs::finish(ui, &title, result, false)
}
