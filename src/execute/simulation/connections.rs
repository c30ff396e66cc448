//! Connections to the machines of the simulation: made, shared, refused, and lost before, during or after a command.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::commands::{judge, perform, shown};
use super::machine::Machine;
use super::scenario::{Cut, Loss};
use super::site::Site;
use crate::system::{
    Clock as _, Command, Destination, Ended, HttpRequest, Line, Lines, Output, Pending, Reach, Remote,
    RemoteError, Remotes, Sharing, Stream,
};

/// The connections of one deployer: they die with it.
pub(super) struct Network {
    site: Arc<Site>,
    shared: Mutex<BTreeMap<usize, Arc<Connection>>>,
}

impl Network {
    pub(super) fn new(site: &Arc<Site>) -> Arc<Self> {
        Arc::new(Self { site: site.clone(), shared: Mutex::new(BTreeMap::new()) })
    }

    fn kept(&self, at: usize) -> Option<Arc<Connection>> {
        let kept = self.shared.lock().expect("nobody panics here").get(&at).cloned()?;
        self.site.look(at, |machine| kept.lives(machine)).then_some(kept)
    }
}

fn admits(machine: &Machine) -> bool {
    machine.up && machine.cut.is_none()
}

impl Remotes for Network {
    fn connect<'a>(
        &'a self,
        destination: &'a Destination,
        sharing: Sharing,
        limit: Duration,
    ) -> Pending<'a, Result<Arc<dyn Remote>, RemoteError>> {
        Box::pin(async move {
            let at = self.site.machine_of(&destination.machine);
            if let (Sharing::Shared, Some(kept)) = (sharing, self.kept(at)) {
                return Ok(kept as Arc<dyn Remote>);
            }
            self.site.moment(at).await;
            if !self.site.look(at, admits) {
                // Some are refused at once, some wait for an answer that never comes.
                let most = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(200);
                let wait = self.site.inner().chance.from(100, most);
                self.site.clock.milliseconds(wait).await;
            }
            if !self.site.look(at, admits) {
                self.site.note(at, || "no connection".to_owned());
                return Err(RemoteError::Connect {
                    machine: destination.machine.clone(),
                    login: destination.login(),
                    port: None,
                    said: "no answer".to_owned(),
                });
            }
            let breaks = self.site.look(at, |machine| machine.breaks);
            let connection = Connection { site: self.site.clone(), at, breaks, lost: AtomicBool::new(false) };
            let connection = Arc::new(connection);
            if sharing == Sharing::Shared {
                self.shared.lock().expect("nobody panics here").insert(at, connection.clone());
            }
            Ok(connection as Arc<dyn Remote>)
        })
    }
}

struct Connection {
    site: Arc<Site>,
    at: usize,
    /// How often the machine's connections had been broken when it was made.
    breaks: u64,
    lost: AtomicBool,
}

impl Connection {
    fn lives(&self, machine: &Machine) -> bool {
        machine.up
            && machine.breaks == self.breaks
            && machine.cut != Some(Cut::All)
            && !self.lost.load(Ordering::Relaxed)
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
        self.site.change(self.at, |_| ());
    }

    /// The fate of the next command.
    fn fate(&self) -> Option<Loss> {
        let mut inner = self.site.inner();
        inner.commands += 1;
        let number = inner.commands;
        let any = [Loss::Before, Loss::During, Loss::After];
        let losses = inner.losses;
        let chosen =
            if losses > 0 && inner.chance.percent(losses) { Some(inner.chance.one_of(&any)) } else { None };
        inner.losses_at.remove(&number).or(chosen)
    }

    async fn talk(&self, command: &Command, lines: Option<Lines>) -> Result<Output, RemoteError> {
        let (site, at) = (&self.site, self.at);
        let fate = self.fate();
        site.note(at, || {
            format!("{}{}", shown(command), fate.map_or(String::new(), |it| format!(" (lost: {it:?})")))
        });
        let lost = || RemoteError::Lost {
            machine: site.look(at, |machine| machine.name.clone()),
            command: shown(command),
            said: String::new(),
        };
        site.moment(at).await;
        if fate == Some(Loss::Before) {
            self.lose();
        }
        if !site.look(at, |machine| self.lives(machine)) {
            self.notice().await;
            return Err(lost());
        }
        judge(site, at, command);
        let (sender, mut words) = tokio::sync::mpsc::unbounded_channel();
        let begun = perform(site.clone(), at, command.clone(), sender);
        let mut job = site.begin(at, |_| begun);
        let early = match fate {
            Some(Loss::During) => Some(Duration::from_millis(site.inner().chance.from(0, 3000))),
            _ => None,
        };
        let mut heard = Vec::new();
        let ended = loop {
            tokio::select! {
                biased;
                Some(text) = words.recv() => {
                    let text: String = text;
                    if let Some(lines) = &lines {
                        // Nobody listening any more is no reason to stop.
                        let _ = lines.send(Line { stream: Stream::Stdout, text: text.clone() });
                    }
                    heard.push(text);
                }
                ended = &mut job => break ended,
                _ = site.until(at, None, |machine| !self.lives(machine)) => {
                    self.notice().await;
                    return Err(lost());
                }
                () = site.clock.sleep(early.unwrap_or_default()), if early.is_some() => {
                    self.lose();
                    return Err(lost());
                }
            }
        };
        if fate.is_some() {
            self.lose();
            return Err(lost());
        }
        site.moment(at).await;
        match ended {
            Ok((code, said)) if site.look(at, |machine| self.lives(machine)) => {
                site.note(at, || format!("answers {code} {:?}", said.trim()));
                let stdout = heard.iter().map(|it| format!("{it}\n")).collect::<String>() + &said;
                Ok(Output {
                    ended: Ended::Exit(code),
                    stdout: stdout.into_bytes(),
                    stderr: said.into_bytes(),
                })
            }
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => {
                self.notice().await;
                Err(lost())
            }
        }
    }

    /// A dead line is noticed late: nobody says that it died.
    async fn notice(&self) {
        let wait = self.site.inner().chance.from(10, 15_000);
        self.site.clock.milliseconds(wait).await;
    }
}

impl Remote for Connection {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        lines: Option<Lines>,
    ) -> Pending<'a, Result<Output, RemoteError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                result = self.talk(command, lines) => result,
                () = self.site.clock.sleep(command.limit) => Err(RemoteError::Limit {
                    machine: self.site.look(self.at, |machine| machine.name.clone()),
                    command: shown(command),
                    limit: command.limit,
                }),
            }
        })
    }

    fn ssh_arguments(&self) -> Vec<String> {
        Vec::new()
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}

/// The services of the machines, asked from outside.
pub(super) struct Services(pub Arc<Site>);

impl Services {
    async fn ask(&self, host: &str, port: u16) -> Result<(), String> {
        let at = self.0.machine_of(host);
        self.0.moment(at).await;
        let well = self.0.look(at, |machine| {
            // What is asked before has nothing to do with the system that runs.
            let well = if port == super::BEFORE { !machine.unhealthy_before } else { machine.healthy() };
            well && machine.up && machine.cut != Some(Cut::All)
        });
        if well { Ok(()) } else { Err("no answer".to_owned()) }
    }
}

impl Reach for Services {
    fn tcp<'a>(&'a self, host: &'a str, port: u16, _: Duration) -> Pending<'a, Result<(), String>> {
        Box::pin(self.ask(host, port))
    }

    fn http<'a>(&'a self, request: &'a HttpRequest) -> Pending<'a, Result<(), String>> {
        let host = request.url.split("//").nth(1).and_then(|it| it.split(':').next());
        Box::pin(self.ask(host.expect("the URL has a host"), 80))
    }
}
