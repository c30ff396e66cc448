//! `nixwright edit`: the files of a deployment in the user's editor.

use crate::cli::deployment_args::DeploymentArgs;
use crate::cli::{CommandError, ExitCode, Ui};
use crate::state::Source;
use crate::system::{Command, Ended, System};

/// Edit the files of a deployment
///
/// Opens all files of the network in $EDITOR, else $VISUAL. Words in the variable are split as a shell would, so that
/// `EDITOR="code --wait"` works, but no shell is started. The exit status is that of the editor.
///
/// Example: EDITOR=vim nixwright edit -d target
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EditArgs {
    #[command(flatten)]
    deployment: DeploymentArgs,
}

pub(super) async fn edit(
    system: &System,
    ui: &mut Ui<'_>,
    args: &EditArgs,
) -> Result<ExitCode, CommandError> {
    let state = args.deployment.state.peek(system).await?;
    let deployment = args.deployment.find(system, &state).await?;
    state.close().await;
    let files = match deployment.source {
        Source::Files { files, .. } => files,
        Source::Flake { reference, .. } => {
            let error = format!("the flake {reference} has no files on this computer to edit");
            return Err(CommandError::usage(error));
        }
    };
    let environment = &system.environment;
    let Some(editor) = environment.get("EDITOR").or_else(|| environment.get("VISUAL")) else {
        return Err(CommandError::usage("it is not known which editor to use")
            .hint("set the environment variable EDITOR, as in `EDITOR=vim nixwright edit`"));
    };
    let broken = || CommandError::usage(format!("the variable EDITOR names no program: `{editor}`"));
    let mut words = words(editor).ok_or_else(broken)?.into_iter();
    let program = words.next().ok_or_else(broken)?;
    let files = files.iter().map(|file| file.display().to_string());
    let command = Command::new(program).args(words).args(files);
    ui.finish()?;
    match system.processes.attach(&command).await.map_err(CommandError::usage)? {
        Ended::Exit(0) => Ok(ExitCode::Done),
        Ended::Exit(code) => Ok(ExitCode::Other(u8::try_from(code).unwrap_or(u8::MAX))),
        Ended::Signal(_) | Ended::Limit => Ok(ExitCode::Interrupted),
    }
}

/// The words that a shell would read: split at blanks, but for what quotes and backslashes hold together. `None` for a quote
/// without its end. Nothing is expanded.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, ' ' | '\t' | '\n') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (Some(open), it) if it == open => quote = None,
            (None, '\\') => word.get_or_insert_default().push(letters.next()?),
            (Some('"'), '\\') => match letters.next()? {
                it @ ('"' | '\\' | '$' | '`') => word.get_or_insert_default().push(it),
                it => word.get_or_insert_default().extend(['\\', it]),
            },
            (_, it) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, expected) in [
            ("vim", &["vim"][..]),
            ("  code\t--wait ", &["code", "--wait"]),
            ("\"/opt/my editor/e\" -c 'set ft=nix'", &["/opt/my editor/e", "-c", "set ft=nix"]),
            (r"a\ b 'it'\''s' x''y ''", &["a b", "it's", "xy", ""]),
            (r#"a "\"q\" \n" $HOME;rm"#, &["a", r#""q" \n"#, "$HOME;rm"]),
            ("", &[]),
        ] {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        for broken in ["'vim", "vim \"x", "vim \\"] {
            assert_eq!(words(broken), None, "{broken}");
        }
    }
}
