//! `nixwright set-args`: the recorded arguments of a deployment.

use std::collections::BTreeMap;

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode};
use crate::network::nix_string;
use crate::state::Changes;
use crate::syntax;
use crate::system::System;
use crate::text::FileId;

/// Change the arguments of a deployment
///
/// The next deploy calls the function networks of the deployment with them. What is not named stays as it is;
/// `nixwright show-arguments` tells which arguments there are.
///
/// Example: nixwright set-args -d target --argstr region eu --arg count 3 --unset debug
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SetArgsArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,

    /// Set an argument to a Nix expression
    #[arg(long = "arg", num_args = 2, value_names = ["NAME", "EXPR"], action = clap::ArgAction::Append)]
    arg: Vec<String>,

    /// Set an argument to a string
    #[arg(long = "argstr", num_args = 2, value_names = ["NAME", "STRING"], action = clap::ArgAction::Append)]
    argstr: Vec<String>,

    /// Forget an argument
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
}

pub(super) async fn set_args(system: &System, args: &SetArgsArgs) -> Result<ExitCode, CommandError> {
    if args.arg.is_empty() && args.argstr.is_empty() && args.unset.is_empty() {
        return Err(CommandError::usage("it is not said which argument to change")
            .hint("give `--arg NAME EXPR`, `--argstr NAME STRING` or `--unset NAME`"));
    }
    let arguments = arguments(&args.arg, &args.argstr)?;
    let changes = Changes { arguments, forgotten: args.unset.clone(), ..Changes::default() };
    let state = args.deployment.state.open(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    state.modify_deployment(deployment.id, changes).await?;
    state.close().await;
    Ok(ExitCode::Done)
}

/// What `--arg` and `--argstr` say, each a list of names and values in turn, as Nix source text by name.
pub(super) fn arguments(
    expressions: &[String],
    strings: &[String],
) -> Result<BTreeMap<String, String>, CommandError> {
    let mut arguments = BTreeMap::new();
    for pair in expressions.chunks_exact(2) {
        let (name, expression) = (&pair[0], &pair[1]);
        if let Some(error) = syntax::parse(FileId(0), expression).errors.first() {
            let error = format!("the argument `{name}` is not a Nix expression: {}", error.message);
            return Err(CommandError::usage(error).hint(format!("for a string, write `--argstr {name} …`")));
        }
        arguments.insert(name.clone(), expression.clone());
    }
    for pair in strings.chunks_exact(2) {
        arguments.insert(pair[0].clone(), nix_string(&pair[1]));
    }
    Ok(arguments)
}
