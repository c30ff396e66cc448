//! One command on many machines at the same time. What they say is passed on line by line; an interrupt ends all of them.
//!
//! Nothing is locked or recorded: what the command does to a machine is the operator's affair.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::each::{Pace, each};
use super::{Event, Interrupts, RunError, Session, chain, known};
use crate::network::MachineName;
use crate::network::selectors::Selector;
use crate::state::Deployment;
use crate::steps::StepError;
use crate::system::{Command, Ended, Lines, Remote, Stream};

/// What to run, and where.
pub struct Exec<'a> {
    pub deployment: &'a Deployment,
    pub on: Option<&'a Selector>,
    /// A program and its arguments, which no shell reads.
    pub words: &'a [String],
    /// On how many machines at the same time.
    pub parallel: usize,
    /// As the user who logs in; otherwise as root.
    pub as_user: bool,
    pub patience: Duration,
}

/// How it ended on each machine; what kept it from ending otherwise.
pub type ExecResult = BTreeMap<MachineName, Result<Ended, String>>;

/// Becomes the command, after it has said in which process group that is, so that an interrupt finds it.
const TELL_GROUP: &str =
    r#"read -r process name state parent group rest < /proc/$$/stat; echo "$0 $group" >&2; exec "$@""#;

/// What stands before the group. No program says this by chance.
const MARK: &str = "-- nixwright: process group";

/// Ends a process group politely, then for good.
const END: &str = r#"kill -TERM -- "-$1" 2>/dev/null; tries=20
while kill -0 -- "-$1" 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
kill -KILL -- "-$1" 2>/dev/null; exit 0"#;

/// For ending what runs on a machine.
const END_LIMIT: Duration = Duration::from_secs(10);

/// What runs now: the connection, and the group once it is known.
type Running = Arc<Mutex<BTreeMap<MachineName, (Arc<dyn Remote>, String)>>>;

pub async fn exec(
    session: &Session,
    request: Exec<'_>,
    interrupts: &mut Interrupts,
) -> Result<ExecResult, RunError> {
    let known = known(session, request.deployment, request.on).await?;
    session.tell(Event::Machines(known.iter().map(|it| it.machine.clone()).collect()));
    let mut destinations = BTreeMap::new();
    let mut results = ExecResult::new();
    for it in known {
        match it.destination(session).await {
            Ok(mut destination) => {
                if request.as_user {
                    destination.escalation.clear();
                }
                destinations.insert(it.machine, destination);
            }
            Err(error @ RunError::NeverReached { .. }) => {
                results.insert(it.machine, Err(error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    let command =
        Command::new("sh").args(["-c", TELL_GROUP, MARK]).args(request.words.iter().map(String::as_str));
    let running = Running::default();
    let (events, at_work) = (session.events.clone(), running.clone());
    let pace = Pace { parallel: request.parallel, patience: request.patience };
    let answering = each(session, &destinations, pace, move |machine, remote| {
        let (events, running, command) = (events.clone(), at_work.clone(), command.clone());
        async move {
            let (lines, mut heard): (Lines, _) = tokio::sync::mpsc::unbounded_channel();
            let pass_on = async {
                while let Some(line) = heard.recv().await {
                    let group = line.text.strip_prefix(MARK).filter(|_| line.stream == Stream::Stderr);
                    if let Some(group) = group {
                        let group = (remote.clone(), group.trim().to_owned());
                        running.lock().expect("nobody panics with it").insert(machine.clone(), group);
                        continue;
                    }
                    // The command goes on when nobody listens.
                    let _ = events.send(Event::Heard { machine: machine.clone(), line });
                }
            };
            let (output, ()) = tokio::join!(remote.run(&command, Some(lines)), pass_on);
            running.lock().expect("nobody panics with it").remove(&machine);
            Ok::<Ended, StepError>(output?.ended)
        }
    });
    let answers = tokio::select! {
        biased;
        Some(_) = interrupts.recv() => {
            end(&running).await;
            return Err(RunError::Stopped);
        }
        answers = answering => answers,
    };
    results.extend(answers.into_iter().map(|(machine, answer)| (machine, answer.map_err(|it| chain(&it)))));
    Ok(results)
}

/// Ends the command wherever it runs: without its connection it would go on there.
async fn end(running: &Running) {
    let all = std::mem::take(&mut *running.lock().expect("nobody panics with it"));
    let ending = all.into_values().map(|(remote, group)| async move {
        let command = Command::new("sh").args(["-c", END, "sh", &group]).limit(END_LIMIT);
        // A machine that is gone has ended it.
        let _ = remote.run(&command, None).await;
    });
    futures_util::future::join_all(ending).await;
}
