//! Builds the system of one machine on this machine.
//!
//! Before: the derivation is in this machine's store. After: the system is, whole, and a root keeps it from being
//! collected. Dying half-way leaves finished parts in the store, which the next build uses.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Act, Kind, Phase, StepError, Undone, World};
use crate::network::MachineName;
use crate::nix::{self, Message, NixError, StorePath};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildClosure {
    pub machine: MachineName,
    pub derivation: StorePath,
    pub toplevel: StorePath,
}

impl BuildClosure {
    pub const KIND: Kind = Kind {
        name: "build-closure",
        title: "the build",
        // Nix locks what machines have in common, so no work is done twice; but every build process brings its own
        // `max-jobs` jobs, and more than a few of them would only fight for the processors.
        limit: 4,
        touches: false,
        phase: Phase::Build,
    };

    pub fn machine(&self) -> Option<&MachineName> {
        Some(&self.machine)
    }

    fn root(&self, world: &World) -> std::path::PathBuf {
        world.roots.join(root_name(self.machine.as_str()))
    }
}

impl Act for BuildClosure {
    async fn done(&self, world: &World) -> Result<bool, StepError> {
        let kept = world
            .system
            .files
            .canonicalize(&self.root(world))
            .is_ok_and(|root| root.to_str() == Some(self.toplevel.as_str()));
        Ok(kept && nix::is_valid(&world.nix, &self.toplevel).await?)
    }

    async fn run(&self, world: &World) -> Result<Value, StepError> {
        let built = build_at(world, self, &self.root(world)).await?;
        Ok(json!({ "built": built }))
    }

    async fn undo(&self, _: &World) -> Result<Undone, StepError> {
        Ok(Undone::Nothing)
    }
}

/// Builds a system, with a link of the caller's choice that keeps it. Returns how many derivations were built.
pub async fn build_at(world: &World, step: &BuildClosure, root: &Path) -> Result<u64, NixError> {
    let (sender, messages) = tokio::sync::mpsc::unbounded_channel();
    let building = nix::build(&world.nix, &step.derivation, root, sender);
    let (result, built) = tokio::join!(building, tell(world, &step.machine, messages));
    result?;
    Ok(built)
}

/// Says what a build does; returns how many derivations it began.
pub(super) async fn tell(
    world: &World,
    machine: &MachineName,
    mut messages: UnboundedReceiver<Message>,
) -> u64 {
    let mut built = 0;
    while let Some(message) = messages.recv().await {
        match message {
            Message::BuildStarted { derivation, .. } => {
                built += 1;
                world.say(machine, format!("building {}", shown(&derivation)));
            }
            Message::CopyStarted { path, .. } => world.say(machine, format!("fetching {}", shown(&path))),
            Message::BuildLine { .. }
            | Message::Phase { .. }
            | Message::Stopped { .. }
            | Message::Error { .. }
            | Message::Plain { .. } => {}
        }
    }
    built
}

/// A file name for a machine's root: its own name where that is one, else a name derived from it.
pub fn root_name(machine: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    if !machine.starts_with('.') && machine.len() <= 200 && machine.chars().all(plain) {
        return machine.to_owned();
    }
    format!(".{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, machine.as_bytes()))
}

/// The name of a store path without its folder and hash.
fn shown(path: &str) -> String {
    StorePath::new(path)
        .map_or_else(|_| path.to_owned(), |path| path.name().trim_end_matches(".drv").to_owned())
}
