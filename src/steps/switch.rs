//! Running `switch-to-configuration` on a machine and hearing its end, whatever happens to the connection meanwhile.

use std::time::Duration;

use super::{StepError, World};
use crate::network::MachineName;
use crate::nix::StorePath;
use crate::system::{Command, Ended, Output, RemoteError, Stream};

/// The machine's side. A constant: what it is told are arguments.
const SCRIPT: &str = include_str!("activation.sh");

/// Where the machine keeps what it knows of activations; the script has it, too.
pub(super) const FOLDER: &str = "/run/nixwright";

/// Restarting every unit of a large server takes minutes; what takes this long hangs.
const LIMIT: Duration = Duration::from_secs(1800);

/// Beginning it, or ending it, takes moments.
const SHORT_LIMIT: Duration = Duration::from_secs(60);

/// How long a machine may be away in the middle: a restarted network or sshd is back well before.
const ABSENCE: Duration = Duration::from_secs(60);

/// How long another activation is waited for: one that an earlier process of this run has left there, or a return.
const BUSY_LIMIT: Duration = Duration::from_secs(120);

/// Between two tries to come back.
const PAUSE: Duration = Duration::from_millis(500);

/// How it ended and what it said on the way.
pub(super) struct Switched {
    pub code: i32,
    pub words: String,
}

/// The way back that a machine takes by itself.
pub(super) struct Guard<'a> {
    pub previous: &'a StorePath,
    /// How long it waits for somebody to confirm what runs, once that was activated.
    pub seconds: u64,
}

/// `switch-to-configuration ACTION` of a system. Its words are passed on while it runs.
pub(super) async fn switch(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
    action: &str,
) -> Result<Switched, StepError> {
    let start = script(&["start", &program(toplevel), action]);
    begin(world, machine, start, "activation", ABSENCE).await
}

/// Activates a system that the machine leaves again by itself, unless [`confirm`] is heard in time.
pub(super) async fn guarded(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
    guard: &Guard<'_>,
) -> Result<Switched, StepError> {
    let (program, previous) = (program(toplevel), guard.previous.as_str());
    let (limit, seconds) = (LIMIT.as_secs().to_string(), guard.seconds.to_string());
    let start = || script(&["guarded", &program, "test", SCRIPT, previous, &limit, &seconds]);
    let absence = ABSENCE + Duration::from_secs(guard.seconds);
    let begun = world.system.clock.elapsed();
    loop {
        let switched = begin(world, machine, start(), "activation", absence).await?;
        let waited = world.system.clock.elapsed().saturating_sub(begun);
        match switched.code {
            // An earlier activation of this run was not confirmed.
            GOING_BACK if waited < LIMIT => {}
            _ => return Ok(switched),
        }
        world.system.clock.sleep(PAUSE).await;
    }
}

/// Has the machine go back to its earlier system, or hears how it does that by itself.
pub(super) async fn back(
    world: &World,
    machine: &MachineName,
    guard: &Guard<'_>,
) -> Result<Switched, StepError> {
    let start = || script(&["back", guard.previous.as_str()]);
    let absence = ABSENCE + 2 * Duration::from_secs(guard.seconds);
    let switched = begin(world, machine, start(), "return", absence).await?;
    // A try of the machine itself that was not its last one.
    if is_back(&switched) { Ok(switched) } else { begin(world, machine, start(), "return", absence).await }
}

/// Whether a return succeeded: units that fail in the earlier system failed before, too.
pub(super) fn is_back(switched: &Switched) -> bool {
    matches!(switched.code, 0 | 4)
}

/// Whether a system runs, and its activation is not in the middle and did not fail.
pub(super) async fn runs(
    world: &World,
    machine: &MachineName,
    toplevel: &StorePath,
) -> Result<bool, StepError> {
    let question = script(&["runs", toplevel.as_str()]).limit(SHORT_LIMIT);
    Ok(world.on(machine, &question).await?.ended.success())
}

/// What says, over whatever connection it is run, that a system may stay. It prints the one that runs.
pub(super) fn confirm(toplevel: &StorePath) -> Command {
    script(&["confirm", toplevel.as_str()])
}

/// What [`confirm`] ends with where the machine went back, or is about to.
pub(super) const WENT_BACK: i32 = 3;

/// What a guarded activation ends with, unbegun, where the machine is on its way back from an earlier one.
const GOING_BACK: i32 = 79;

/// What anything ends with, unbegun, where something else is being activated.
const BUSY: i32 = 75;

/// There is no way back any more: the system was made permanent.
pub(super) async fn forget(world: &World, machine: &MachineName) -> Result<(), StepError> {
    world.on(machine, &script(&["forget"]).limit(SHORT_LIMIT)).await?;
    Ok(())
}

fn program(toplevel: &StorePath) -> String {
    format!("{toplevel}/bin/switch-to-configuration")
}

/// Begins something on the machine, and follows it to its end.
async fn begin(
    world: &World,
    machine: &MachineName,
    start: Command,
    name: &str,
    absence: Duration,
) -> Result<Switched, StepError> {
    let start = start.limit(SHORT_LIMIT);
    let until = world.system.clock.elapsed() + BUSY_LIMIT;
    let mut started = persistent(world, machine, &start, 0, absence).await?.0;
    if started.ended == Ended::Exit(BUSY) {
        world.say(machine, "another activation is running there: waiting for its end");
    }
    while started.ended == Ended::Exit(BUSY) && world.system.clock.elapsed() < until {
        world.system.clock.sleep(PAUSE).await;
        started = persistent(world, machine, &start, 0, absence).await?.0;
    }
    if started.ended != Ended::Exit(0) {
        let code = if let Ended::Exit(code) = started.ended { code } else { -1 };
        return Ok(Switched { code, words: started.stderr_text() });
    }
    let mut heard = Vec::new();
    let deadline = world.system.clock.elapsed() + LIMIT;
    loop {
        let left = deadline.saturating_sub(world.system.clock.elapsed());
        let follow =
            script(&["follow", name, &heard.len().to_string()]).limit(left.max(Duration::from_secs(1)));
        let (output, lines) = persistent(world, machine, &follow, heard.len(), absence).await?;
        heard.extend(lines);
        match output.ended {
            Ended::Exit(code) => return Ok(Switched { code, words: heard.join("\n") }),
            // Whoever was following was killed, not what it followed.
            Ended::Signal(_) | Ended::Limit => {}
        }
    }
}

/// Runs a part of the script again and again until a connection lasts long enough for it to end. The lines that were
/// heard before a connection was lost are counted, so that none is said twice.
async fn persistent(
    world: &World,
    machine: &MachineName,
    command: &Command,
    heard_before: usize,
    absence: Duration,
) -> Result<(Output, Vec<String>), StepError> {
    let mut heard: Vec<String> = Vec::new();
    let mut command = command.clone();
    let mut lost_at = None;
    loop {
        let (result, lines) = world.listened(machine, &command).await;
        let lines = lines.into_iter().filter(|line| line.stream == Stream::Stdout).map(|line| line.text);
        let before = heard.len();
        heard.extend(lines);
        if heard.len() > before {
            lost_at = None;
        }
        match result {
            Ok(output) => return Ok((output, heard)),
            Err(error @ (RemoteError::Lost { .. } | RemoteError::Connect { .. })) => {
                let now = world.system.clock.elapsed();
                if now.saturating_sub(*lost_at.get_or_insert(now)) >= absence {
                    return Err(error.into());
                }
                if command.arguments.get(3).is_some_and(|verb| verb == "follow") {
                    command.arguments[5] = (heard_before + heard.len()).to_string();
                }
                world.system.clock.sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn script(words: &[&str]) -> Command {
    Command::new("sh").args(["-c", SCRIPT, "sh"]).args(words.iter().copied())
}
