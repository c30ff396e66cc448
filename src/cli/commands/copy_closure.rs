//! `nixwright copy-closure`: store paths to and from a machine.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::machine_args::{ReachArgs, machine_named, until_interrupted};
use crate::cli::{CommandError, ExitCode, Ui, runs};
use crate::execute::{self, As};
use crate::network::MachineName;
use crate::nix::{self, Copied, Nix, StorePath};
use crate::system::System;

/// Copy store paths, with all that they need, to a machine or from it
///
/// Over the connection that a deploy would use; only what is missing is sent. A path may be a link into the store, such as
/// `./result`.
///
/// Example: nixwright copy-closure -d target web ./result
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CopyClosureArgs {
    machine: String,

    /// Store paths, or links to them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,

    /// From the machine to the store here
    #[arg(long)]
    from: bool,

    /// Let the machine ask its own substituters first
    #[arg(long, conflicts_with = "from")]
    use_substitutes: bool,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    reach: ReachArgs,
}

pub(super) async fn copy_closure(
    system: &System,
    ui: &mut Ui<'_>,
    args: &CopyClosureArgs,
) -> Result<ExitCode, CommandError> {
    let mut paths = Vec::new();
    for given in &args.paths {
        if let Ok(path) = StorePath::new(given.as_str()) {
            paths.push(path);
            continue;
        }
        let found = system.files.canonicalize(&system.environment.absolute(given.as_ref()));
        let path = found.map_or_else(|_| given.clone(), |path| path.display().to_string());
        paths.push(StorePath::new(path).map_err(CommandError::usage)?);
    }
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    machine_named(&state, &deployment, &args.machine).await?;
    let (session, talking) = args.reach.session(system, state)?;
    let interrupts = runs::interrupts()?;
    let name = MachineName::new(args.machine.as_str());
    let patience = args.reach.patience();
    until_interrupted(session, talking, ui, &deployment.title(), interrupts, async |session| {
        let nix = Nix::find(&session.system).await?;
        let (destination, remote) =
            execute::connect(session, deployment.id, &name, As::Root, patience).await?;
        for path in &paths {
            if args.from {
                nix::copy_from(&nix, path, &destination, &*remote).await?;
            } else {
                let what = Copied::Closure { substitute: args.use_substitutes };
                nix::copy(&nix, path, &destination, &*remote, what).await?;
            }
        }
        Ok(())
    })
    .await?;
    let way = if args.from { "from" } else { "to" };
    ui.say(&format!("copied {} {way} {}", counted(paths.len()), args.machine));
    Ok(ExitCode::Done)
}

fn counted(paths: usize) -> String {
    if paths == 1 { "the closure of 1 path".to_owned() } else { format!("the closures of {paths} paths") }
}
