//! What commands do on a machine of the simulation: those that the steps send, and no others.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedSender;

use super::activation::{self, Said};
use super::machine::{Mark, StoredKey};
use super::site::Site;
use crate::state::Event::{Started, UndoStarted};
use crate::system::Command;

/// Which command it is, and what it is told.
enum Known<'a> {
    Activation(&'a [String]),
    Keys(&'a [String]),
    Probe,
    /// How much room there is: the machine does not say.
    Room,
    Program(&'a str, &'a [String]),
}

fn known(command: &Command) -> Known<'_> {
    let script = command.arguments.get(1).map_or("", String::as_str);
    match command.program.as_str() {
        "sh" if script.starts_with("# Runs switch-to-configuration") => {
            Known::Activation(&command.arguments[3..])
        }
        "sh" if script.starts_with("# Keys on a machine") => Known::Keys(&command.arguments[3..]),
        "sh" if script.contains("echo \"boot=") => Known::Probe,
        "sh" if command.arguments.get(3).is_some_and(|it| it == "room") => Known::Room,
        program => Known::Program(program, &command.arguments),
    }
}

/// In short, for the trace.
pub(super) fn shown(command: &Command) -> String {
    match known(command) {
        Known::Activation(words) => {
            let words = words.iter().map(|it| if it.starts_with('#') { "(script)" } else { it });
            format!("activation.sh {}", words.collect::<Vec<_>>().join(" "))
        }
        Known::Keys(words) => format!("keys.sh {}", words.join(" ")),
        Known::Probe => "probe".to_owned(),
        Known::Room => "room".to_owned(),
        Known::Program(..) => command.to_string(),
    }
}

/// What must be true when a command leaves the deployer.
pub(super) fn judge(site: &Site, at: usize, command: &Command) {
    site.tells_no_secret(command);
    let begun: &[_] = match known(command) {
        Known::Activation(words) => match (words[0].as_str(), words.get(2).map(String::as_str)) {
            ("guarded", _) | ("start", Some("test")) => {
                site.needs_are_met(at);
                &[("activate-system", Started)]
            }
            ("start", _) => &[("persist-system", Started), ("persist-system", UndoStarted)],
            ("back", _) => &[("activate-system", UndoStarted)],
            ("confirm", _) => &[("confirm-reachable", Started)],
            ("forget", _) => &[("persist-system", Started), ("persist-system", UndoStarted)],
            _ => return,
        },
        Known::Keys(words) => match words[0].as_str() {
            "put" => &[("send-keys", Started), ("send-late-keys", Started)],
            "prune" => &[("remove-keys", Started)],
            _ => return,
        },
        Known::Program("nix-env", _) => &[("persist-system", Started), ("persist-system", UndoStarted)],
        _ => return,
    };
    site.is_in_the_journal(at, begun, &shown(command));
}

/// Runs a command on a machine.
pub(super) async fn perform(
    site: Arc<Site>,
    at: usize,
    command: Command,
    lines: UnboundedSender<String>,
) -> Said {
    site.moment(at).await;
    match known(&command) {
        Known::Activation(words) => activation::verb(&site, at, words, &lines).await,
        Known::Keys(words) => keys(&site, at, words, command.stdin.as_deref().unwrap_or_default()).await,
        Known::Probe => (0, probe(&site, at)),
        Known::Room => (0, String::new()),
        Known::Program(program, arguments) => run(&site, at, program, arguments, &command).await,
    }
}

fn probe(site: &Site, at: usize) -> String {
    site.look(at, |machine| {
        let volatile = &machine.volatile;
        let guarded = volatile.guard.as_ref().is_some_and(|it| it.mark != Mark::Confirmed && machine.alive(it.process));
        let settles = guarded
            || machine.is_running(volatile.activation.as_ref())
            || machine.is_running(volatile.returning.as_ref());
        let settling = if settles { "settling=yes\n" } else { "" };
        let keys = if machine.key_list.is_empty() { "" } else { "keys=yes\n" };
        format!(
            "release=26.11\ncurrent={}\nprofile={}\ngeneration=system-{}-link\n{keys}{settling}boot=boot-{}\n",
            machine.running,
            machine.profile(),
            machine.generation,
            machine.boot
        )
    })
}

async fn run(site: &Arc<Site>, at: usize, program: &str, arguments: &[String], command: &Command) -> Said {
    let last = arguments.last().map_or("", String::as_str);
    let said = |well: bool| (i32::from(!well), String::new());
    match program {
        "readlink" => (0, site.look(at, |machine| format!("{}\n", machine.running))),
        "nix-store" => said(site.look(at, |machine| machine.store.contains(last))),
        "xargs" => {
            let paths = String::from_utf8_lossy(command.stdin.as_deref().unwrap_or_default()).into_owned();
            let missing = site.look(at, |machine| {
                paths
                    .lines()
                    .filter(|path| !machine.store.contains(*path))
                    .map(|it| format!("{it}\n"))
                    .collect()
            });
            (0, missing)
        }
        "nix-env" if arguments.get(2).is_some_and(|it| it == "--set") => {
            site.moment(at).await;
            site.change(at, |machine| {
                if machine.profile() != last {
                    machine.generation = machine.generations.keys().max().copied().unwrap_or_default() + 1;
                    machine.generations.insert(machine.generation, last.to_owned());
                }
            });
            said(true)
        }
        "nix-env" => {
            let number = last.parse().expect("the number of a generation");
            said(site.change(at, |machine| {
                let there = machine.generations.contains_key(&number);
                if there {
                    machine.generation = number;
                }
                there
            }))
        }
        "systemctl" | "check-there" => {
            let well = site.look(at, |machine| machine.healthy());
            (if well { 0 } else { 3 }, if well { "active\n" } else { "failed\n" }.to_owned())
        }
        "after-key" => said(!site.look(at, |machine| machine.action_fails)),
        other => {
            panic!("the simulation does not know `{other}` on a machine: add it to simulation/commands.rs")
        }
    }
}

async fn keys(site: &Arc<Site>, at: usize, words: &[String], told: &[u8]) -> Said {
    let told = String::from_utf8_lossy(told).into_owned();
    let lines: Vec<&str> = told.lines().collect();
    match words[0].as_str() {
        "look" => {
            let answer = site.look(at, |machine| {
                let answers = lines.iter().map(|path| match machine.keys.get(*path) {
                    Some(key) => format!("{:x} {} {}\n", Sha256::digest(&key.contents), key.mode, key.owner),
                    None => "-\n".to_owned(),
                });
                answers.collect()
            });
            (0, answer)
        }
        "put" => {
            for key in lines.chunks(6) {
                site.moment(at).await;
                if site.look(at, |machine| machine.keys_fail) {
                    return (1, "the disk is full".to_owned());
                }
                let contents = BASE64_STANDARD.decode(key[5]).expect("keys travel in base64");
                let mode = key[1].trim_start_matches('0').to_owned();
                let stored = StoredKey { contents, mode, owner: format!("{} {}", key[2], key[3]) };
                site.change(at, |machine| {
                    machine.keys.insert(key[0].to_owned(), stored);
                    if !machine.key_list.iter().any(|it| it == key[0]) {
                        machine.key_list.push(key[0].to_owned());
                    }
                });
            }
            (0, String::new())
        }
        "prune" => {
            let removed = site.change(at, |machine| {
                let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut machine.key_list)
                    .into_iter()
                    .partition(|it| lines.contains(&it.as_str()));
                machine.key_list = stay;
                machine.keys.retain(|path, _| !go.contains(path));
                go
            });
            (0, removed.iter().map(|path| format!("{path}\n")).collect())
        }
        other => {
            panic!("the simulation does not know `{other}` of keys.sh: add it to simulation/commands.rs")
        }
    }
}
