//! Asking many machines the same thing: so many at a time, each over its own connection, which ends with the answer.
//!
//! Where users need a password to become root, the operator is asked for it once for all machines.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Event, Session};
use crate::network::MachineName;
use crate::steps::StepError;
use crate::system::{Destination, NoRoot, Remote, RemoteError, Remotes, Sharing, System};

/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a password that no machine takes may be typed again.
const PASSWORDS: usize = 3;

/// What each machine answered, or why it did not.
pub(super) type Answers<T> = BTreeMap<MachineName, Result<T, StepError>>;

/// How many at a time, and how long to wait for one that does not answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub parallel: usize,
    pub patience: Duration,
}

/// Does `act` on every machine.
pub(super) async fn each<T, Act, Acting>(
    session: &Session,
    destinations: &BTreeMap<MachineName, Destination>,
    pace: Pace,
    act: Act,
) -> Answers<T>
where
    T: Send + 'static,
    Act: Fn(MachineName, Arc<dyn Remote>) -> Acting + Clone + Send + 'static,
    Acting: Future<Output = Result<T, StepError>> + Send,
{
    let mut answers = once(session, destinations, pace, act.clone()).await;
    for _ in 0..PASSWORDS {
        let locked = |error: &StepError| matches!(error, StepError::Remote(RemoteError::Escalation { why, .. }) if *why != NoRoot::Refused);
        let again: BTreeMap<MachineName, Destination> = destinations
            .iter()
            .filter(|(machine, _)| matches!(answers.get(*machine), Some(Err(error)) if locked(error)))
            .map(|(machine, destination)| (machine.clone(), destination.clone()))
            .collect();
        let Some((machine, destination)) = again.first_key_value() else { break };
        let login = destination.login();
        let question = match again.len() - 1 {
            0 => format!("password of {login} on `{machine}`, to become root:"),
            others => format!("password of {login} on `{machine}` and {others} more, to become root:"),
        };
        let (answer, answered) = tokio::sync::oneshot::channel();
        session.tell(Event::PasswordAsked { question, answer });
        let Ok(Some(password)) = answered.await else { break };
        session.remotes.escalate_with(password);
        let more = once(session, &again, pace, act.clone()).await;
        let some_took_it = more.values().any(|it| !matches!(it, Err(error) if locked(error)));
        answers.extend(more);
        // A machine with another password than the rest is told as failed.
        if some_took_it {
            break;
        }
    }
    answers
}

async fn once<T, Act, Acting>(
    session: &Session,
    destinations: &BTreeMap<MachineName, Destination>,
    pace: Pace,
    act: Act,
) -> Answers<T>
where
    T: Send + 'static,
    Act: Fn(MachineName, Arc<dyn Remote>) -> Acting + Clone + Send + 'static,
    Acting: Future<Output = Result<T, StepError>> + Send,
{
    let mut waiting = destinations.iter();
    let mut tasks: JoinSet<(MachineName, Result<T, StepError>)> = JoinSet::new();
    let mut answers = BTreeMap::new();
    loop {
        while tasks.len() < pace.parallel.max(1)
            && let Some((machine, destination)) = waiting.next()
        {
            let (machine, destination, act) = (machine.clone(), destination.clone(), act.clone());
            let (system, remotes) = (session.system.clone(), session.remotes.clone());
            tasks.spawn(async move {
                let answer = match connected(&system, &*remotes, &destination, pace.patience).await {
                    Ok(remote) => {
                        let answer = act(machine.clone(), remote.clone()).await;
                        remote.close().await;
                        answer
                    }
                    Err(error) => Err(error.into()),
                };
                (machine, answer)
            });
        }
        let Some(joined) = tasks.join_next().await else { return answers };
        let (machine, answer) = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        answers.insert(machine, answer);
    }
}

/// A connection, waited for as long as the operator is patient.
pub(super) async fn connected(
    system: &System,
    remotes: &dyn Remotes,
    destination: &Destination,
    patience: Duration,
) -> Result<Arc<dyn Remote>, RemoteError> {
    let deadline = system.clock.elapsed() + patience;
    loop {
        match remotes.connect(destination, Sharing::Shared, patience).await {
            // Only a machine that does not answer may still come; the others have answered.
            Err(RemoteError::Connect { .. }) if system.clock.elapsed() < deadline => {
                system.clock.sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}
