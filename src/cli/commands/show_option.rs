//! `nixwright show-option`: the value of an option of a machine, as Nix evaluates it.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::examined::IMPURE;
use crate::cli::{CommandError, ErrorKind, ExitCode, NetworkArgs, Ui};
use crate::eval::attr_path;
use crate::execute::{self, RunError};
use crate::network::{MachineName, did_you_mean};
use crate::nix::{self, Asked, Nix};
use crate::report::{screen, value};
use crate::system::System;

/// Show the value of an option of a machine
///
/// Asks Nix, which evaluates that machine; nothing is built. `nixwright show` tells the same without Nix as far as it is
/// known, and where it is defined. Functions, packages and what fails are shown as marks: `«function»`, `«package»`,
/// `«fails»`.
///
/// Examples: nixwright show-option web networking.hostName; nixwright show-option web deployment ./network.nix --json
///
/// Exit codes: 0 shown; 2 a machine or an option that is not there; 3 Nix could not evaluate it
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowOptionArgs {
    /// The machine
    machine: String,

    /// The option, such as `networking.hostName`
    option: String,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    deployment: DeploymentArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Let a flake look at this machine, as in Nix (`--option pure-eval false`)
    #[arg(long)]
    impure: bool,
}

pub(super) async fn show_option(
    system: &System,
    ui: &mut Ui<'_>,
    args: &ShowOptionArgs,
) -> Result<ExitCode, CommandError> {
    let path = attr_path(&args.option);
    if path.iter().any(String::is_empty) {
        return Err(CommandError::usage(format!("`{}` is not the path of an option", args.option)));
    }
    let meant = args.deployment.meant(system, &args.network).await?;
    let mut nix = Nix::find(system).await.map_err(RunError::from)?;
    nix.path = meant.nix_path;
    if args.impure {
        nix.options.push(IMPURE.map(str::to_owned).into());
    }
    let machine = MachineName::new(args.machine.as_str());
    let arguments: Vec<(String, String)> = meant.arguments.into_iter().collect();
    let sets: Vec<Vec<String>> = (0..path.len()).map(|length| path[..length].to_vec()).collect();
    let asked = Asked {
        input: execute::input(&meant.source),
        dialect: meant.source.dialect(),
        arguments: &arguments,
        uuid: meant.uuid,
        deployment: meant.title,
        machines: meant.remembered,
        only: Some(vec![machine.clone()]),
        derivations: false,
        keys: false,
        examine: false,
        values: std::slice::from_ref(&path),
        names: &sets,
    };
    let evaluation = tokio::select! {
        evaluation = nix::evaluate(&nix, &asked) => evaluation.map_err(RunError::from)?,
        _ = tokio::signal::ctrl_c() => return Err(CommandError::new(ErrorKind::Interrupted, "interrupted")),
    };
    for line in &evaluation.said {
        ui.say(&format!("nix: {}", screen::line(line)));
    }
    let Some(facts) = evaluation.machines.get(&machine) else {
        let near = did_you_mean(&args.machine, evaluation.names.iter().map(MachineName::as_str));
        let error = CommandError::usage(format!("the network has no machine `{machine}`"));
        return Err(error.hint(near.unwrap_or_else(|| "`nixwright show` lists the machines".to_owned())));
    };
    if let Some(missing) = missing(&path, &facts.names) {
        let error = CommandError::usage(format!("`{machine}` has no option `{}`", missing.option));
        return Err(match missing.near {
            Some(near) => error.hint(near),
            None => error,
        });
    }
    let shown = facts.values.first().unwrap_or(&serde_json::Value::Null);
    if shown == value::FAILS {
        let error = format!("evaluating `{}` of `{machine}` fails", args.option);
        return Err(CommandError::new(ErrorKind::Evaluation, error).hint("in `nixwright repl`, Nix says why"));
    }
    let text = if args.json { value::json(machine.as_str(), &args.option, shown) } else { value::nix(shown) };
    ui.print(&text)?;
    Ok(ExitCode::Done)
}

/// The part of a path that is not there.
struct Missing {
    option: String,
    near: Option<String>,
}

/// `names` are those in the sets on the way, the outermost first.
fn missing(path: &[String], names: &[Option<Vec<String>>]) -> Option<Missing> {
    for (at, (name, there)) in path.iter().zip(names).enumerate() {
        let there = there.as_deref().unwrap_or_default();
        if !there.contains(name) {
            let before = path[..at].iter().map(|it| format!("{it}.")).collect::<String>();
            let all: Vec<String> = there.iter().map(|it| format!("{before}{it}")).collect();
            let option = format!("{before}{name}");
            let near = did_you_mean(&option, all.iter().map(String::as_str));
            return Some(Missing { option, near });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told_with_what_may_be_meant() {
        let text = |it: &str| it.to_owned();
        let path = [text("networking"), text("hostNam")];
        let names = [Some(vec![text("networking")]), Some(vec![text("domain"), text("hostName")])];
        let missing = missing(&path, &names).unwrap();
        assert_eq!(missing.option, "networking.hostNam");
        assert_eq!(missing.near.as_deref(), Some("did you mean `networking.hostName`?"));
        assert!(super::missing(&path[..1], &names).is_none());
    }
}
