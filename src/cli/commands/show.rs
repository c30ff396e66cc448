//! `nixwright show`: what is known of a network without Nix.

use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::network::Network;
use crate::report::network;
use crate::system::System;

/// Show what is known of a network without Nix
///
/// Prints each machine with its host, user, port, tags and dependencies, and says why what is not known is not.
/// With `--json` also where each value is defined.
///
/// Example: nixwright show ./network.nix --json
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    network: NetworkArgs,

    /// Prints the model as JSON, version 1
    #[arg(long)]
    json: bool,
}

pub(super) fn show(system: &System, ui: &mut Ui<'_>, args: &ShowArgs) -> Result<ExitCode, CommandError> {
    let model = Network::load(&args.network.request(system)?)?;
    let folder = system.environment.working_folder();
    if args.json {
        ui.print(&network::json(&model, folder))?;
    } else {
        ui.print(&network::table(&model, ui.terminal.width))?;
    }
    Ok(ExitCode::Done)
}
