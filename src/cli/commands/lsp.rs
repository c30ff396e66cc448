//! `nixwright lsp`: the language server.

use crate::cli::{CommandError, ExitCode};
use crate::lsp::{self, ServeError};
use crate::system::System;

/// Serve an editor: mistakes, repairs and answers where the network is written
///
/// Speaks the language server protocol on standard input and output. An editor starts it; nobody types this by hand. Finds
/// the network that an open file belongs to as `check` does, reports what `check` finds in all of its files, and checks again
/// with every change. Needs neither Nix nor a connection.
///
/// Exit codes: 0 the editor has ended the session; 2 standard input and output are no pipes, or the connection broke
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LspArgs {
    /// For editors that always give it: standard input and output are used in any case
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) async fn lsp(system: &System, _: &LspArgs) -> Result<ExitCode, CommandError> {
    lsp::serve(system).await?;
    Ok(ExitCode::Done)
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        let by_hand = matches!(error, ServeError::NoPipes { .. });
        let error = CommandError::usage(error);
        if by_hand { error.hint("an editor starts `nixwright lsp`; the manual says how") } else { error }
    }
}
