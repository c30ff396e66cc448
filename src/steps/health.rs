//! Asking whether something holds of a machine, again and again until it does or the attempts are over.

use std::time::Duration;

use futures_util::future::join_all;

use super::{StepError, World};
use crate::network::{HealthCheck, HealthQuestion, MachineName};
use crate::system::{Command, HttpRequest};

/// Waits until all of a machine's checks hold, each on its own; the error names those that never did.
pub(super) async fn wait_for(
    world: &World,
    machine: &MachineName,
    checks: &[HealthCheck],
) -> Result<(), StepError> {
    let waiting = checks.iter().map(|check| holds(world, machine, check));
    let failed: Vec<String> = join_all(waiting).await.into_iter().flatten().collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(StepError::Unhealthy { machine: machine.to_string(), failed })
}

/// Tries one check; why it does not hold, after the last attempt.
async fn holds(world: &World, machine: &MachineName, check: &HealthCheck) -> Option<String> {
    let limit = Duration::from_secs(check.timeout.max(1));
    let mut said = None;
    for attempt in 0..=check.retries {
        match ask(world, machine, &check.question, limit).await {
            Ok(()) => {
                world.say(machine, format!("healthy: {check}"));
                return None;
            }
            Err(why) => {
                if said.as_ref() != Some(&why) {
                    world.say(machine, format!("waiting until {check}: {why}"));
                }
                said = Some(why);
            }
        }
        if attempt < check.retries {
            world.system.clock.sleep(Duration::from_secs(check.period.max(1))).await;
        }
    }
    Some(format!("{check}: {}", said.unwrap_or_default()))
}

/// One attempt: why not.
async fn ask(
    world: &World,
    machine: &MachineName,
    question: &HealthQuestion,
    limit: Duration,
) -> Result<(), String> {
    let destination = world.destination(machine);
    let at = |host: &Option<String>| host.clone().unwrap_or_else(|| destination.host.clone());
    match question {
        HealthQuestion::Tcp { host, port } => world.system.reach.tcp(&at(host), *port, limit).await,
        HealthQuestion::Http { host, port, path, scheme, insecure, headers } => {
            let host = at(host);
            // An address of the sixth version stands in brackets in a URL.
            let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
            let request = HttpRequest {
                url: format!("{scheme}://{host}:{port}{path}"),
                headers: headers.clone(),
                insecure: *insecure,
                limit,
            };
            world.system.reach.http(&request).await
        }
        HealthQuestion::Cmd { cmd } => {
            let command = of_words(cmd, limit)?
                .env("NIXWRIGHT_MACHINE", machine.to_string())
                .env("NIXWRIGHT_HOST", &destination.host)
                .env("NIXWRIGHT_PORT", destination.port.map_or_else(String::new, |port| port.to_string()))
                .env("NIXWRIGHT_USER", destination.user.clone().unwrap_or_default());
            let output = world.system.processes.run(&command, None).await.map_err(|it| it.to_string())?;
            judged(&output)
        }
        HealthQuestion::Unit { name } => {
            let command = Command::new("systemctl").args(["is-active", "--", name]).limit(limit);
            let output = world.on(machine, &command).await.map_err(|it| it.to_string())?;
            if output.ended.success() {
                Ok(())
            } else {
                Err(format!("it is {}", output.stdout_text().trim()))
            }
        }
        HealthQuestion::Command { command } => {
            let command = of_words(command, limit)?;
            judged(&world.on(machine, &command).await.map_err(|it| it.to_string())?)
        }
    }
}

fn of_words(words: &[String], limit: Duration) -> Result<Command, String> {
    let (program, arguments) = words.split_first().ok_or("it names no program")?;
    Ok(Command::new(program).args(arguments.iter().cloned()).limit(limit))
}

fn judged(output: &crate::system::Output) -> Result<(), String> {
    if output.ended.success() {
        return Ok(());
    }
    let said = format!("{}{}", output.stdout_text(), output.stderr_text());
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("{}{}{}", output.ended, if last.is_empty() { "" } else { ": " }, last.trim()))
}
