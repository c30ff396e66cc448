//! `nixwright scp`: files to and from a machine.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::machine_args::{ReachArgs, attached, machine_named};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::execute::{self, As};
use crate::network::MachineName;
use crate::ssh::{self, Side};
use crate::system::System;

/// Copy files to a machine, or from one
///
/// One side names a machine: `MACHINE:PATH` or `USER@MACHINE:PATH`; a path without a slash at its begin is below the user's
/// home. Address, key and host keys are those that the state knows. Files are read and written as the user who logs in. A
/// file here whose name has a colon is written `./NAME`. The exit status is that of scp.
///
/// Example: nixwright scp -d target -r ./site web:/var/www
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ScpArgs {
    /// Copy folders with all that is in them
    #[arg(short, long)]
    recursive: bool,

    /// What to copy, and at the end where to
    #[arg(required = true, num_args = 2.., value_name = "[[USER@]MACHINE:]PATH")]
    paths: Vec<String>,

    #[command(flatten)]
    deployment: DeploymentArgs,

    #[command(flatten)]
    reach: ReachArgs,
}

/// A side of the copy as it was written.
enum Written<'a> {
    Here(&'a str),
    There { user: Option<&'a str>, machine: &'a str, path: &'a str },
}

/// As scp reads it: a colon that comes after a slash belongs to a path.
fn written(text: &str) -> Written<'_> {
    match text.split_once(':') {
        Some((login, path)) if !login.contains('/') && !login.is_empty() => {
            let (user, machine) = match login.rsplit_once('@') {
                Some((user, machine)) => (Some(user), machine),
                None => (None, login),
            };
            Written::There { user, machine, path }
        }
        _ => Written::Here(text),
    }
}

pub(super) async fn scp(system: &System, ui: &mut Ui<'_>, args: &ScpArgs) -> Result<ExitCode, CommandError> {
    let sides: Vec<Written<'_>> = args.paths.iter().map(|it| written(it)).collect();
    let logins: Vec<(Option<&str>, &str)> = sides
        .iter()
        .filter_map(|side| match side {
            Written::There { user, machine, .. } => Some((*user, *machine)),
            Written::Here(_) => None,
        })
        .collect();
    let Some((user, machine)) = logins.first().copied() else {
        return Err(CommandError::usage("neither side of the copy names a machine")
            .hint("write `MACHINE:PATH` on one side"));
    };
    let target_is_there = matches!(sides.last(), Some(Written::There { .. }));
    let is_mixed = logins.iter().any(|it| *it != (user, machine));
    if is_mixed || logins.len() != if target_is_there { 1 } else { sides.len() - 1 } {
        return Err(CommandError::usage("a copy goes from here to one machine, or from one machine to here")
            .hint("copy to here first, then to the other machine"));
    }
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    machine_named(&state, &deployment, machine).await?;
    let (session, talking) = args.reach.session(system, state)?;
    let name = MachineName::new(machine);
    let who = As::User(user.map(str::to_owned));
    let connecting = execute::connect(&session, deployment.id, &name, who, args.reach.patience());
    let connected = talking.while_working(ui, &deployment.title(), connecting).await;
    let ended = match connected {
        Ok((destination, remote)) => {
            let mut sides: Vec<Side> = sides
                .iter()
                .map(|side| match side {
                    Written::Here(path) => Side::Here((*path).to_owned()),
                    Written::There { path, .. } => Side::There((*path).to_owned()),
                })
                .collect();
            let to = sides.pop().expect("two at least are asked for");
            attached(system, ui, &ssh::scp(&destination, &*remote, args.recursive, &sides, &to)).await
        }
        Err(error) => Err(error.into()),
    };
    session.close().await;
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_read_as_scp_reads_it() {
        let there = |text| match written(text) {
            Written::There { user, machine, path } => Some((user, machine, path)),
            Written::Here(_) => None,
        };
        assert_eq!(there("web:/etc"), Some((None, "web", "/etc")));
        assert_eq!(there("me@web:"), Some((Some("me"), "web", "")));
        assert_eq!(there("./web:x"), None);
        assert_eq!(there("x"), None);
        assert_eq!(there(":x"), None);
    }
}
