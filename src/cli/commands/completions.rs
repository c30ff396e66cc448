//! `nixwright completions`: the script by which a shell completes the program's words.

use crate::cli::{CommandError, ExitCode, Ui, completion};

/// Print what a shell needs to complete words
///
/// The shell then offers commands and flags, and what only the state and the network know: deployments, machines, tags,
/// checks, runs, generations. Nothing is asked of Nix or of a machine.
///
/// Examples: echo 'source <(nixwright completions bash)' >> ~/.bashrc;
/// echo 'source <(nixwright completions zsh)' >> ~/.zshrc;
/// echo 'nixwright completions fish | source' > ~/.config/fish/conf.d/nixwright.fish
///
/// Exit codes: 0 done; 2 no such shell
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    shell: String,
}

pub(super) fn completions(ui: &mut Ui<'_>, args: &CompletionsArgs) -> Result<ExitCode, CommandError> {
    ui.print(&completion::script(&args.shell)?)?;
    Ok(ExitCode::Done)
}
