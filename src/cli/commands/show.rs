//! `nixwright show`: what is known of a network without Nix.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::{CommandError, ExitCode, GivenArgs, NetworkArgs, PinArgs, ReadArgs, Ui};
use crate::eval::attr_path;
use crate::network::selectors::{Selector, SelectorError};
use crate::network::{Network, deployment_options, did_you_mean, nearest_network};
use crate::options::Found;
use crate::report::findings::plural;
use crate::report::network::{self, Screen, Wanted};
use crate::system::System;

/// Show what is known of a network without Nix
///
/// Without a machine, prints each machine with its host, user, port, tags and dependencies, and says why what is not
/// known is not. For each machine that is named, prints every option of its deployment: its value, where it was
/// defined and what that overrides, or the chain of reasons why it is not known.
///
/// Words with a slash, and those that end in `.nix`, name the network; others select machines, as `--on` does
/// elsewhere. A path of an option behind them, such as `networking.hostName`, shows that option alone.
///
/// Examples: nixwright show; nixwright show ./network.nix web-1; nixwright show '@front' deployment.targetHost
///
/// Exit codes: 0 shown; 1 shown as far as mistakes of grammar allow; 2 a file that cannot be read, or a machine that is not there
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    /// Files or folders of the network, machines, and an option
    #[arg(value_name = "NETWORK|MACHINE|OPTION")]
    words: Vec<String>,

    /// Show only these machines: names, globs, `@tags`, `not`, `and`, `or`
    #[arg(long, value_name = "SELECTOR")]
    on: Option<String>,

    /// Show a page for every machine
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    given: GivenArgs,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    pins: PinArgs,

    /// Print the model as JSON, version 1
    #[arg(long)]
    json: bool,
}

pub(super) fn show(system: &System, ui: &mut Ui<'_>, args: &ShowArgs) -> Result<ExitCode, CommandError> {
    let (files, mut words) = sorted(system, &args.words, args.read.flake.is_some());
    let mut option = option_of(&mut words, args.on.is_some() || args.all);
    let named = NetworkArgs { files, given: args.given.clone(), read: args.read.clone() };
    let mut request = args.pins.added_to(named.request(system)?);
    request.more_options.extend(option.clone());
    let model = Network::load(&request)?;
    // Names of machines may have dots in them as well.
    if let Some(path) = option.take_if(|path| model.machine(&path.join(".")).is_some()) {
        words.push(path.join("."));
    }
    let mut code = ExitCode::Done;
    if !model.syntax_errors.is_empty() {
        code = ExitCode::Findings;
        let count = plural(model.syntax_errors.len(), "mistake");
        ui.say(&format!(
            "the files have {count} of grammar, so that not all of the network can be seen; `nixwright check` shows where"
        ));
    }

    let selector = match (&args.on, words.is_empty()) {
        (Some(on), _) => Some(on.clone()),
        (None, false) => Some(words.join(", ")),
        (None, true) => None,
    };
    let chosen: Vec<usize> = match &selector {
        None => (0..model.machines.len()).collect(),
        Some(selector) => Selector::parse(selector)
            .and_then(|it| it.select(&model.selectable()))
            .map_err(|error| unselected(system, error, &words))?,
    };
    let pages = args.all || !words.is_empty() || option.is_some();
    let path: Option<Vec<&str>> = option.as_ref().map(|it| it.iter().map(String::as_str).collect());
    if let Some(path) = &path {
        is_an_option(&model, &chosen, path)?;
    }
    let folder = system.environment.working_folder();
    if args.json {
        let wanted = Wanted { machines: &chosen, option: path.as_deref(), defaults: pages };
        ui.print(&network::json(&model, folder, wanted))?;
        return Ok(code);
    }
    if !pages {
        ui.print(&network::table(&model, &chosen, ui.terminal.width))?;
        return Ok(code);
    }
    let screen =
        Screen { colour: ui.terminal.colour_stdout, width: ui.terminal.width, working_folder: folder };
    for (number, at) in chosen.iter().enumerate() {
        if number > 0 {
            ui.print("\n")?;
        }
        let machine = &model.machines[*at];
        let text = match &path {
            Some(path) => network::option_page(&model, machine, path, screen),
            None => network::page(&model, machine, screen),
        };
        ui.print(&text)?;
    }
    if chosen.is_empty() {
        ui.line("no machines")?;
    }
    Ok(code)
}

/// Options of the deployment are all known, so that one which is not there is a slip. What is set is shown all the same.
fn is_an_option(model: &Network, chosen: &[usize], path: &[&str]) -> Result<(), CommandError> {
    let names: Vec<Arc<str>> = path.iter().map(|it| Arc::from(*it)).collect();
    let Found::Nothing { depth, siblings } = deployment_options().find(&names) else { return Ok(()) };
    let written = |at: &usize| {
        let machine = &model.machines[*at];
        machine.declares(&names) || machine.definitions.iter().any(|it| it.path.starts_with(&names))
    };
    if path[0] != "deployment" || depth == 0 || chosen.iter().any(written) {
        return Ok(());
    }
    let error = CommandError::usage(format!("there is no option `{}`", path.join(".")));
    Err(match did_you_mean(path[depth], siblings.options.keys().map(AsRef::as_ref)) {
        Some(near) => error.hint(near),
        None => error,
    })
}

/// Which words name the network, and which something in it. A lone word that is a file or a folder names the network
/// where no other can be found.
fn sorted(system: &System, words: &[String], is_flake: bool) -> (Vec<PathBuf>, Vec<String>) {
    let is_path =
        |word: &String| word.contains('/') || word.ends_with(".nix") || matches!(word.as_str(), "." | "..");
    let (mut files, mut others): (Vec<String>, Vec<String>) = words.iter().cloned().partition(is_path);
    let folder = system.environment.working_folder();
    if !is_flake && files.is_empty() && nearest_network(system.files.as_ref(), folder).is_err() {
        (files, others) = others.into_iter().partition(|word| system.files.kind(&folder.join(word)).is_ok());
    }
    (files.into_iter().map(PathBuf::from).collect(), others)
}

/// The last word, where it is the path of an option: it stands behind whatever selects machines.
fn option_of(words: &mut Vec<String>, machines_are_known: bool) -> Option<Vec<String>> {
    let last = words.last()?;
    let path = attr_path(last);
    let is_option = (words.len() > 1 || machines_are_known)
        && path.len() > 1
        && !last.contains(['*', '@', '(', ' '])
        && path.iter().all(|name| !name.is_empty());
    if !is_option {
        return None;
    }
    words.pop();
    Some(path)
}

/// A selector that selects nothing.
fn unselected(system: &System, error: SelectorError, words: &[String]) -> CommandError {
    let help = error.help.clone();
    let mut command_error = CommandError::usage(error);
    command_error.hints.extend(help);
    let folder = system.environment.working_folder();
    let file = words.iter().find(|word| system.files.kind(&folder.join(word.as_str())).is_ok());
    match file {
        Some(word) => command_error.hint(format!("for the network in `{word}`, write `./{word}`")),
        None => command_error,
    }
}
