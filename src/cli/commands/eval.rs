//! `nixwright eval`: the static evaluator by itself.

use std::path::{Path, PathBuf};

use crate::checks::{self, Levels};
use crate::cli::{CommandError, ExitCode, NetworkArgs, Ui};
use crate::eval::Evaluator;
use crate::network::Network;
use crate::report::findings::{Extent, Format, Look, Report, render};
use crate::system::System;
use crate::value::{ErrorId, Stop};

/// Evaluate an expression without Nix
///
/// Prints the value as Nix prints it, and `«unknown: reason»` where it cannot be known without Nix. Builds nothing,
/// fetches nothing and starts nothing.
///
/// Example: nixwright eval -E 'builtins.attrNames (import ./network.nix)'
///
/// Exit codes: 0 a value, or unknown; 1 an error in the expression; 2 a file that cannot be read
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EvalArgs {
    /// The file to evaluate
    #[arg(required_unless_present = "expression")]
    file: Option<PathBuf>,

    /// The expression to evaluate, instead of a file
    #[arg(
        short = 'E',
        long = "expr",
        value_name = "EXPR",
        conflicts_with = "file",
        allow_hyphen_values = true
    )]
    expression: Option<String>,

    /// Evaluates everything inside of the value as well
    #[arg(long)]
    strict: bool,

    /// Prints the value as JSON; it must be known
    #[arg(long)]
    json: bool,

    /// Adds a path to the Nix search path, as in Nix
    #[arg(short = 'I', long = "include-path", value_name = "PATH")]
    include: Vec<String>,
}

pub(super) fn eval(system: &System, ui: &mut Ui<'_>, args: &EvalArgs) -> Result<ExitCode, CommandError> {
    let folder = system.environment.working_folder().to_owned();
    let files = args.file.iter().cloned().collect();
    let request = NetworkArgs { files, include: args.include.clone(), ..NetworkArgs::default() };
    let mut eval = match &args.file {
        Some(_) => Evaluator::new(system.files.clone(), request.request(system)?.settings()),
        None => {
            let request = NetworkArgs { files: vec![folder.clone()], ..request };
            Evaluator::new(system.files.clone(), request.request(system)?.settings())
        }
    };
    let value = match (&args.file, &args.expression) {
        (Some(path), _) => {
            crate::network::readable(system.files.as_ref(), &folder.join(path), path)?;
            eval.import(&folder.join(path))
        }
        (None, expression) => {
            let value = eval.eval_text_in("<expression>", expression.as_deref().unwrap_or_default(), &folder);
            eval.force(value)
        }
    };
    let printed = value.and_then(|value| {
        if args.json {
            return eval.to_json(value);
        }
        if args.strict { eval.print_strict(value) } else { Ok(eval.print(value)) }
    });
    // Nix refuses a text with such a mistake before it evaluates anything, so no value counts.
    let refused = !eval.syntax_errors().is_empty();
    match printed {
        Ok(text) if !refused => {
            ui.line(&text)?;
            Ok(ExitCode::Done)
        }
        Err(Stop::Unknown(id)) if !refused => {
            let reason = crate::options::shown_reason(&eval, id);
            ui.line(&format!("«unknown: {reason}»"))?;
            Ok(ExitCode::Done)
        }
        other => {
            let errors: Vec<ErrorId> = match other {
                Err(Stop::Error(id)) => vec![id],
                _ => Vec::new(),
            };
            let network = Network::of_evaluation(eval, system.files.clone(), &errors);
            complain(ui, &network, &folder);
            Ok(ExitCode::Findings)
        }
    }
}

/// Says what is wrong, as `check` does.
fn complain(ui: &mut Ui<'_>, network: &Network, folder: &Path) {
    let found = checks::run(network, &Levels::default());
    let extent = Extent::default();
    let report =
        Report { findings: &found, sources: network.sources(), extent: &extent, working_folder: folder };
    let look = Look { colour: ui.terminal.colour_stderr, width: ui.terminal.width };
    let text = render(&report, Format::Human, look);
    // The summary counts files and machines, which mean nothing here.
    let pictures = text.rsplit_once("checked ").map_or(text.as_str(), |(pictures, _)| pictures);
    ui.say(pictures.trim_end());
}
