//! `nixwright eval`: the static evaluator by itself.

use std::path::{Path, PathBuf};

use crate::checks::{self, Levels};
use crate::cli::{CommandError, ExitCode, GivenArgs, NetworkArgs, PinArgs, Ui};
use crate::eval::{Evaluated, Evaluator, NotThere, Printed, attr_path};
use crate::network::{Network, did_you_mean};
use crate::report::findings::{Extent, Look, Report, pictures};
use crate::report::{screen, unknown};
use crate::system::System;
use crate::value::{ErrorId, Stop, UnknownId, Value};

/// Evaluate an expression without Nix
///
/// Prints the value as `nix-instantiate --eval` prints it, and `«unknown: reason»` for each part that cannot be known
/// without Nix; the notes below the value say where that begins. Builds nothing, fetches nothing and starts nothing.
///
/// Examples: nixwright eval -E 'builtins.attrNames (import ./network.nix)';
/// nixwright eval ./network.nix -A web --strict; echo '1 + 1' | nixwright eval -
///
/// Exit codes: 0 a value, or unknown; 1 an error in the expression, or `--json` of something unknown; 2 a file that
/// cannot be read, or an attribute that is not there
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EvalArgs {
    /// The file to evaluate; `-` is standard input. Either a file or an expression is given
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

    /// The attribute to print, as in `-A nodes.web.0`
    #[arg(short = 'A', long = "attr", value_name = "PATH")]
    attribute: Option<String>,

    /// Evaluate everything inside of the value as well
    #[arg(long)]
    strict: bool,

    /// Print the value as JSON; it must be known
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    given: GivenArgs,

    #[command(flatten)]
    pins: PinArgs,
}

/// The outcome of an evaluation, ready to be printed.
enum Outcome {
    Text(Printed),
    /// It was wanted as JSON, and this is why it cannot be.
    NoJson(Vec<UnknownId>),
    Missing(NotThere),
}

pub(super) fn eval(system: &System, ui: &mut Ui<'_>, args: &EvalArgs) -> Result<ExitCode, CommandError> {
    if args.file.is_none() && args.expression.is_none() {
        return Err(CommandError::usage("it is not said what to evaluate").hint(
            "name a file (`nixwright eval ./network.nix`), `-` for standard input, or give an expression (`-E '1 + 1'`)",
        ));
    }
    let folder = system.environment.working_folder().to_owned();
    let file = args.file.as_ref().filter(|path| path.as_os_str() != "-");
    let request = NetworkArgs {
        // Nothing is looked for where nothing is named; what lies beside the file that is named may be read, too.
        files: [&folder].into_iter().chain(file).cloned().collect(),
        given: args.given.clone(),
        ..NetworkArgs::default()
    };
    let request = args.pins.added_to(request.request(system)?);
    let mut eval = Evaluator::new(system.files.clone(), request.settings());
    crate::options::install_modules(&mut eval);
    let arguments = request.argument_values(&mut eval)?;
    let value = match (file, &args.expression) {
        (Some(path), _) => {
            let (path, _) = crate::network::readable(system.files.as_ref(), &folder.join(path), path)?;
            eval.import(&path)
        }
        (None, Some(expression)) => Ok(eval.eval_text_in("<expression>", expression, &folder)),
        // The file is `-`: there is one, or an expression.
        (None, None) => {
            let text = system.files.read_stdin().map_err(CommandError::usage)?;
            let text = String::from_utf8(text)
                .map_err(|_| CommandError::usage("standard input is not text: it is not UTF-8"))?;
            Ok(eval.eval_text_in("<stdin>", &text, &folder))
        }
    };
    let outcome = value.and_then(|value| outcome(&mut eval, value, args, &arguments));
    for line in eval.traced() {
        ui.say(&format!("trace: {}", screen::lines(line)));
    }
    // Nix refuses a text with such a mistake before it evaluates anything, so no value counts.
    if !eval.syntax_errors().is_empty() {
        return Ok(complain(system, ui, eval, &[]));
    }
    match outcome {
        Ok(Outcome::Text(printed)) => {
            let text = if ui.terminal.stdout_is_terminal {
                screen::lines(&printed.text).into_owned()
            } else {
                printed.text
            };
            ui.line(&text)?;
            notes(ui, &mut eval, &printed.unknown, &folder);
            Ok(ExitCode::Done)
        }
        Ok(Outcome::Missing(missing)) => {
            let path = args.attribute.as_deref().unwrap_or_default();
            let step = missing.message.split('`').nth(1).unwrap_or_default();
            let on_the_way = if step == path { String::new() } else { format!(", on the way to `{path}`") };
            let error = CommandError::usage(format!("{}{on_the_way}", missing.message));
            let there = || {
                let names: Vec<String> =
                    missing.names.iter().take(MOST_NAMES).map(|it| format!("`{it}`")).collect();
                let more = if missing.names.len() > MOST_NAMES { ", …" } else { "" };
                (!names.is_empty()).then(|| format!("there are {}{more}", names.join(", ")))
            };
            let hint = did_you_mean(step, missing.names.iter().map(String::as_str)).or_else(there);
            Err(match hint {
                Some(hint) => error.hint(hint),
                None => error,
            })
        }
        Ok(Outcome::NoJson(unknown)) => Ok(no_json(ui, &mut eval, &unknown, &folder)),
        Err(Stop::Unknown(id)) if args.json => Ok(no_json(ui, &mut eval, &[id], &folder)),
        Err(Stop::Unknown(id)) => {
            ui.line(&screen::line(&format!("«unknown: {}»", eval.why(id))))?;
            notes(ui, &mut eval, &[id], &folder);
            Ok(ExitCode::Done)
        }
        Err(Stop::Error(error)) => Ok(complain(system, ui, eval, &[error])),
    }
}

/// Follows the path, calls what is left to be called, and prints.
fn outcome(
    eval: &mut Evaluator,
    value: Value,
    args: &EvalArgs,
    arguments: &[(String, Value)],
) -> Evaluated<Outcome> {
    let path = args.attribute.as_deref().map(attr_path).unwrap_or_default();
    let mut value = match eval.find_at(value, &path, arguments)? {
        Ok(value) => value,
        Err(missing) => return Ok(Outcome::Missing(missing)),
    };
    if !arguments.is_empty() {
        value = eval.auto_call(value, arguments)?;
    }
    if args.json {
        return match eval.to_json(value) {
            Ok(text) => Ok(Outcome::Text(Printed { text, unknown: Vec::new() })),
            Err(Stop::Unknown(id)) => {
                let all = eval.print_with_reasons(value, true)?.unknown;
                Ok(Outcome::NoJson(if all.is_empty() { vec![id] } else { all }))
            }
            Err(stop) => Err(stop),
        };
    }
    eval.print_with_reasons(value, args.strict).map(Outcome::Text)
}

fn no_json(ui: &mut Ui<'_>, eval: &mut Evaluator, unknown: &[UnknownId], folder: &Path) -> ExitCode {
    ui.say("error: not all of the value is known, so it cannot be printed as JSON");
    notes(ui, eval, unknown, folder);
    ExitCode::Findings
}

/// So many attributes are named where another one was asked for.
const MOST_NAMES: usize = 12;

/// So many reasons are named below a value; who has more reads the value.
const MOST_NOTES: usize = 12;

/// Says below the value where what is not known begins.
fn notes(ui: &mut Ui<'_>, eval: &mut Evaluator, unknown: &[UnknownId], folder: &Path) {
    for id in unknown.iter().take(MOST_NOTES) {
        let why = eval.why(*id);
        ui.say(&unknown::note(&why, eval.sources(), folder));
    }
    if let Some(more) = unknown.len().checked_sub(MOST_NOTES).filter(|more| *more > 0) {
        ui.say(&format!("not known: and {more} more"));
    }
}

/// Says what is wrong, as `check` does.
fn complain(system: &System, ui: &mut Ui<'_>, eval: Evaluator, errors: &[ErrorId]) -> ExitCode {
    let network = Network::of_evaluation(eval, system.files.clone(), errors);
    let found = checks::run(&network, &Levels::default());
    let extent = Extent::default();
    let folder = system.environment.working_folder();
    let report =
        Report { findings: &found, sources: network.sources(), extent: &extent, working_folder: folder };
    let look = Look { colour: ui.terminal.colour_stderr, width: ui.terminal.width };
    // The summary counts files and machines, which mean nothing here.
    ui.say(pictures(&report, look).trim_end());
    ExitCode::Findings
}
