//! `nixwright rekey`: who can read the private keys in the state.

use std::path::PathBuf;

use crate::cli::deployment_args::{StateArgs, encrypted, key_of};
use crate::cli::{CommandError, ExitCode, Ui};
use crate::system::System;

/// Change the key that private keys in the state are encrypted with
///
/// The state keeps the private keys that were made for machines, and secrets that came from NixOps. With a key (`--state-key FILE`
/// or NIXWRIGHT_STATE_KEY, an identity of age or a passphrase) they are kept encrypted: the first command that is given one
/// and writes does it. This command encrypts them anew for another key; several identities in one file can each open them.
/// Without `--to` and `--off` it says who can open them.
///
/// Examples: age-keygen -o key.txt; nixwright rekey --to key.txt; nixwright rekey --state-key key.txt --to new.txt
///
/// Exit codes: 0 done; 2 the file holds no key; 8 the secrets are encrypted with another key than the one that was given
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RekeyArgs {
    /// The file of the new key: identities of age (AGE-SECRET-KEY-1…), or one line that is a passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "off")]
    to: Option<PathBuf>,

    /// Keep them in clear again
    #[arg(long)]
    off: bool,

    #[command(flatten)]
    state: StateArgs,
}

pub(super) async fn rekey(
    system: &System,
    ui: &mut Ui<'_>,
    args: &RekeyArgs,
) -> Result<ExitCode, CommandError> {
    let new = args.to.as_deref().map(|file| key_of(system, file)).transpose()?;
    // Not `open`: it would encrypt for the old key what is to be encrypted for the new one.
    let state = args.state.writable(system).await?;
    if new.is_none() && !args.off {
        match state.openers().await? {
            Some(openers) => openers.iter().try_for_each(|opener| ui.line(opener))?,
            None => ui.say("nothing in the state is encrypted; `nixwright rekey --to FILE` does it"),
        }
    } else {
        let off = new.is_none();
        let done = state.rekey(new).await?;
        ui.say(&match off {
            true => format!("{}: what is secret is kept in clear from now on", state.path().display()),
            false => encrypted(&state, done),
        });
    }
    state.close().await;
    Ok(ExitCode::Done)
}
