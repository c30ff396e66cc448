//! What the shell asks when Tab is pressed: which words can stand here. Flags and commands follow from the command line's
//! definition; deployments, runs and generations come from the state, machines and tags also from the network's files.
//!
//! Nothing is asked of Nix or a machine, nothing is written, and what cannot be found is not offered: half a command line is
//! no mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::builder::Arg;
use clap::{ArgMatches, FromArgMatches};
use clap_complete::engine::{self, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::deployment_args::recorded_request;
use super::network_args::Named;
use super::{CommandError, DeploymentArgs, ExitCode, NetworkArgs, Ui, definition};
use crate::checks;
use crate::network::{self, Network, Request};
use crate::nix::FlakeReference;
use crate::state::{Deployment, Source, State};
use crate::system::System;

/// The variable by which the shell's script asks, with the shell's name.
pub(super) const VARIABLE: &str = "NIXWRIGHT_COMPLETE";

/// Nobody waits longer for a word: a server that holds the state may be away.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How many runs and generations are offered; older ones are rarely meant.
const NEWEST: usize = 20;

/// The script that a shell reads to complete the program's words.
pub(super) fn script(shell: &str) -> Result<String, CommandError> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells
        .completer(shell)
        .ok_or_else(|| CommandError::usage(format!("no shell is called `{shell}`")))?;
    let written = shell.write_registration(VARIABLE, "nixwright", "nixwright", "nixwright", &mut script);
    written.map_err(CommandError::usage)?;
    Ok(String::from_utf8_lossy(&script).trim_start().to_owned())
}

/// Answers the script: `arguments` are the program, `--`, and the words as they stand on the line.
pub(super) fn answer(system: &System, ui: &mut Ui<'_>, shell: &str, arguments: Vec<OsString>) -> ExitCode {
    let mut words: Vec<OsString> =
        arguments.into_iter().skip(1).skip_while(|it| it != "--").skip(1).collect();
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(shell) else { return ExitCode::Usage };
    let here = Some(system.environment.working_folder());
    let mut answer = Vec::new();
    let written = if shell.name() == "bash" {
        let index = system.environment.get("_CLAP_COMPLETE_INDEX").and_then(|it| it.parse().ok());
        let mut index = index.unwrap_or_else(|| words.len().saturating_sub(1));
        let left = join(&mut words, &mut index);
        let separator = system.environment.get("_CLAP_IFS").unwrap_or("\n");
        engine::complete(&mut informed(system, &words), words, index, here).map(|candidates| {
            let values =
                candidates.iter().filter_map(|it| it.get_value().to_str()?.strip_prefix(left.as_str()));
            answer = values.collect::<Vec<_>>().join(separator).into_bytes();
        })
    } else {
        shell.write_complete(&mut informed(system, &words), words, here, &mut answer)
    };
    let printed =
        written.is_ok() && ui.print(&String::from_utf8_lossy(&answer)).is_ok() && ui.finish().is_ok();
    if printed { ExitCode::Done } else { ExitCode::Usage }
}

/// Bash takes `--on=web`, `--on @db` and `root@web` apart at `=` and `@`, shows the `@` twice, and puts an answer in the place
/// of the last piece. Puts the word under the cursor together again; what comes out is no part of an answer.
fn join(words: &mut Vec<OsString>, index: &mut usize) -> String {
    let text = |at: usize| words.get(at).and_then(|it| it.to_str()).unwrap_or_default();
    let Some(first) = index.checked_sub(2) else { return String::new() };
    let left = match (text(first), text(first + 1)) {
        (option, "@") if option.starts_with('-') => {
            words.remove(first + 1);
            *index -= 1;
            return String::new();
        }
        (name, "@") => name.to_owned(),
        (option, "=" | "=@") => format!("{option}="),
        _ => return String::new(),
    };
    let word = format!("{left}{}", text(*index));
    let end = words.len().min(first + 3);
    words.splice(first..end, [OsString::from(word)]);
    *index = first;
    left
}

/// The command line's definition, with what is known here beside each word that names something.
fn informed(system: &System, words: &[OsString]) -> clap::Command {
    let known = Arc::new(Known::new(system.clone(), words.to_vec()));
    beside(definition(), &known)
}

fn beside(command: clap::Command, known: &Arc<Known>) -> clap::Command {
    let command = command.mut_args(|arg| {
        let Some(list) = list_of(&arg) else { return arg };
        let known = Arc::clone(known);
        arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
            typed.to_str().map(|typed| list(&known, typed)).unwrap_or_default()
        }))
    });
    command.mut_subcommands(|command| beside(command, known))
}

type List = fn(&Known, &str) -> Vec<CompletionCandidate>;

/// What can stand for a value, by the word that stands for it in the help.
fn list_of(arg: &Arg) -> Option<List> {
    let shown = arg.get_value_names().and_then(|names| names.first()).map(|it| it.to_string());
    match shown.unwrap_or_else(|| arg.get_id().as_str().to_uppercase()).as_str() {
        "NAME|UUID" => Some(Known::deployments),
        "MACHINE" => Some(|known, typed| offered(&known.machines().names, typed, "")),
        "[USER@]MACHINE" | "[USER@]MACHINE[:PATH]" => Some(|known, typed| {
            let at = typed.find('@').map_or(0, |at| at + 1);
            offered(&known.machines().names, &typed[at..], &typed[..at])
        }),
        "SELECTOR" => Some(Known::selected),
        "CHECK" => Some(Known::checks),
        "RUN" => Some(Known::runs),
        "GENERATION" => Some(Known::generations),
        _ => None,
    }
}

/// The names that begin as what was typed, each with what it is; `before` stands before each of them.
fn offered(names: &BTreeMap<String, String>, typed: &str, before: &str) -> Vec<CompletionCandidate> {
    let matching = names.range(typed.to_owned()..).take_while(|(name, _)| name.starts_with(typed));
    matching
        .map(|(name, what)| {
            let what = (!what.is_empty()).then(|| what.clone().into());
            CompletionCandidate::new(format!("{before}{name}")).help(what)
        })
        .collect()
}

/// What is known where the shell asks; each part is looked up when it is needed first.
struct Known {
    system: System,
    words: Vec<OsString>,
    machines: OnceLock<Machines>,
}

/// Machines and tags by name, with what they are.
#[derive(Default)]
struct Machines {
    names: BTreeMap<String, String>,
    tags: BTreeSet<String>,
}

impl Known {
    fn new(system: System, words: Vec<OsString>) -> Self {
        Self { system, words, machines: OnceLock::new() }
    }

    /// What is on the line so far, as far as it makes sense.
    fn line(&self) -> Option<ArgMatches> {
        let mut matches = definition().ignore_errors(true).try_get_matches_from(&self.words).ok()?;
        while let Some((_, of_command)) = matches.remove_subcommand() {
            matches = of_command;
        }
        Some(matches)
    }

    fn of_deployment(&self) -> DeploymentArgs {
        let line = self.line().filter(|it| it.try_contains_id("deployment").is_ok());
        line.and_then(|it| DeploymentArgs::from_arg_matches(&it).ok()).unwrap_or_default()
    }

    fn of_network(&self) -> NetworkArgs {
        let line = self
            .line()
            .filter(|it| it.try_contains_id("files").is_ok() && it.try_contains_id("flake").is_ok());
        line.and_then(|it| NetworkArgs::from_arg_matches(&it).ok()).unwrap_or_default()
    }

    /// Asks the state, for as long as somebody waits who pressed a key.
    fn ask<T: Default>(&self, question: impl AsyncFnOnce(&State) -> Result<T, CommandError>) -> T {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return T::default();
        };
        let asked = async {
            let state = self.of_deployment().state.peek(&self.system).await?;
            let answer = question(&state).await;
            state.close().await;
            answer
        };
        let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await });
        answer.ok().and_then(Result::ok).unwrap_or_default()
    }

    fn deployments(&self, typed: &str) -> Vec<CompletionCandidate> {
        let all = self.ask(async |state| Ok(state.deployments().await?));
        let named = |it: &Deployment| match &it.name {
            Some(name) => (name.clone(), it.description.clone()),
            None => (it.id.to_string(), it.description.clone()),
        };
        offered(&all.iter().map(named).collect(), typed, "")
    }

    /// The machines of the network that is meant, and those that are recorded.
    fn machines(&self) -> &Machines {
        self.machines.get_or_init(|| {
            let of_deployment = self.of_deployment();
            let (meant, recorded) = self.ask(async |state| {
                let meant = of_deployment.find(&self.system, state).await?;
                let recorded = state.machines(meant.id).await?;
                Ok((Some(meant), recorded))
            });
            let mut known = Machines::default();
            known.names.extend(recorded.into_iter().map(|it| (it.name, String::new())));
            let request = match meant.filter(|_| of_deployment.named(&self.system).is_some()) {
                Some(meant) => self.recorded(&meant),
                None => self.written(),
            };
            let Some(network) = request.and_then(|it| Network::load(&it).ok()) else { return known };
            for machine in &network.machines {
                let host = match machine.deployment("targetHost") {
                    network::Setting::Known(definitions) => {
                        definitions.first().and_then(|it| it.value.as_str()).map(str::to_owned)
                    }
                    _ => None,
                };
                known.names.insert(machine.name.as_str().to_owned(), host.unwrap_or_default());
                known.tags.extend(machine.deployment_list("tags").0.iter().map(|(tag, _)| (*tag).to_owned()));
            }
            known
        })
    }

    /// The network of a deployment; a flake that would have to be fetched is not read.
    fn recorded(&self, meant: &Deployment) -> Option<Request> {
        let is_here = match &meant.source {
            Source::Files { .. } => true,
            Source::Flake { reference, .. } => {
                matches!(FlakeReference::parse(reference), Ok(FlakeReference::Folder(_)))
            }
        };
        let request = recorded_request(&self.system, &meant.source, &meant.arguments, &meant.nix_path);
        request.ok().filter(|_| is_here)
    }

    /// The network that the line names, or the nearest one.
    fn written(&self) -> Option<Request> {
        let network = self.of_network();
        match network.named(&self.system).ok()? {
            Named::Inputs(_) => network.request(&self.system).ok(),
            Named::Reference(_) => None,
        }
    }

    /// The last name of a selector; what stands before it stays.
    fn selected(&self, typed: &str) -> Vec<CompletionCandidate> {
        let known = self.machines();
        let at = typed.rfind([' ', ',', '(', ')']).map_or(0, |at| at + 1);
        let (before, typed) = typed.split_at(at);
        let mut names = known.names.clone();
        names.extend(known.tags.iter().map(|tag| (format!("@{tag}"), String::new())));
        offered(&names, typed, before)
    }

    #[expect(clippy::unused_self, reason = "one shape for all lists")]
    fn checks(&self, typed: &str) -> Vec<CompletionCandidate> {
        let all = checks::all().iter().map(|it| (it.id.to_owned(), it.summary()));
        offered(&all.collect(), typed, "")
    }

    fn runs(&self, typed: &str) -> Vec<CompletionCandidate> {
        let of_deployment = self.of_deployment();
        let runs = self.ask(async |state| {
            let meant = of_deployment.find(&self.system, state).await?;
            Ok(state.runs(Some(meant.id)).await?)
        });
        let newest = runs.iter().rev().take(NEWEST);
        let mut runs: BTreeMap<String, String> =
            newest.map(|it| (it.id.to_string(), format!("{} by {}", it.kind.as_str(), it.user))).collect();
        runs.insert("last".to_owned(), "the last one".to_owned());
        offered(&runs, typed, "")
    }

    fn generations(&self, typed: &str) -> Vec<CompletionCandidate> {
        let of_deployment = self.of_deployment();
        let all = self.ask(async |state| {
            let meant = of_deployment.find(&self.system, state).await?;
            Ok(state.generations(meant.id).await?)
        });
        let newest = all.iter().rev().take(NEWEST);
        offered(&newest.map(|it| (it.number.to_string(), it.description.clone())).collect(), typed, "")
    }
}
