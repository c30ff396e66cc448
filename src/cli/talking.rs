//! The talk of a command while it works: events become lines on the terminal, questions are asked there, and an event file
//! gets what it is to have. Does not say how the command ends.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::Ui;
use super::event_file::EventFile;
use crate::execute::{Event, RunError, RunResult, SavedPlan};
use crate::report::run::{self, Talk};
use crate::system::{Clock, HiddenTyping, Line, Secret, Stream, System};

/// The events of a run on their way to the terminal.
pub(super) struct Talking {
    events: UnboundedReceiver<Event>,
    clock: Arc<dyn Clock>,
    file: Option<EventFile>,
}

/// What a command comes to that shows events.
pub(super) trait End {
    /// The run, where there was one.
    fn of_run(&self) -> Option<&RunResult>;
}

impl End for RunResult {
    fn of_run(&self) -> Option<&RunResult> {
        Some(self)
    }
}

/// What moved since a plan was made.
impl End for Vec<String> {
    fn of_run(&self) -> Option<&RunResult> {
        None
    }
}

impl End for SavedPlan {
    fn of_run(&self) -> Option<&RunResult> {
        None
    }
}

impl Talking {
    /// `file`: where the events are written down, too.
    pub(super) fn new(system: &System, events: UnboundedReceiver<Event>, file: Option<EventFile>) -> Self {
        Self { events, clock: system.clock.clone(), file }
    }

    /// Shows what happens until the run has ended.
    pub(super) async fn while_running<T: End>(
        mut self,
        ui: &mut Ui<'_>,
        title: &str,
        dry_run: bool,
        run: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        let result = self.shown(ui, title, dry_run, run).await;
        if let Some(file) = self.file {
            file.put(run::last_line(result.as_ref().map(End::of_run), self.clock.now()));
            file.close(ui);
        }
        result
    }

    /// The same for work that is no run: nothing of it is written down.
    pub(super) async fn while_working<T>(
        mut self,
        ui: &mut Ui<'_>,
        title: &str,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        self.shown(ui, title, false, work).await
    }

    async fn shown<T>(
        &mut self,
        ui: &mut Ui<'_>,
        title: &str,
        dry_run: bool,
        run: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        let mut talk = Talk::new(title, ui.terminal.colour_stderr);
        tokio::pin!(run);
        let mut hidden = None;
        let result = loop {
            tokio::select! {
                biased;
                Some(event) = self.events.recv() => {
                    drop(hidden.take());
                    hidden = self.tell(ui, &mut talk, dry_run, event);
                }
                result = &mut run => break result,
            }
        };
        drop(hidden);
        while let Ok(event) = self.events.try_recv() {
            self.tell(ui, &mut talk, dry_run, event);
        }
        result
    }

    fn tell(&self, ui: &mut Ui<'_>, talk: &mut Talk, dry_run: bool, event: Event) -> Option<HiddenTyping> {
        if let Some(file) = &self.file {
            file.put(run::event_line(&event, self.clock.now()));
        }
        show(ui, talk, dry_run, event)
    }
}

/// Shows an event. What is returned is to be kept until the next one.
fn show(ui: &mut Ui<'_>, talk: &mut Talk, dry_run: bool, event: Event) -> Option<HiddenTyping> {
    match event {
        Event::Asked { question, answer } => {
            ui.ask(&format!("{question} (y/N)"));
            // On a thread of its own: who thinks about a question must still be able to interrupt. It ends with us.
            std::thread::spawn(move || {
                let mut line = String::new();
                let heard = std::io::stdin().read_line(&mut line);
                let yes = heard.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
                // A run that is gone needs no answer.
                let _ = answer.send(yes);
            });
        }
        Event::PasswordAsked { question, answer } => {
            if !ui.terminal.stdin_is_terminal || !ui.terminal.stderr_is_terminal {
                return None;
            }
            // Kept by the caller until the next event: an interrupted question must not leave a terminal without echo.
            let hidden = HiddenTyping::begin().ok()?;
            ui.ask(&question);
            std::thread::spawn(move || {
                let mut line = String::new();
                let heard = std::io::stdin().read_line(&mut line);
                let typed = line.trim_end_matches('\n');
                let typed = (heard.is_ok() && !typed.is_empty()).then(|| Secret::new(typed));
                let _ = answer.send(typed);
            });
            return Some(hidden);
        }
        Event::Planned(plan) => {
            let text = run::plan(&plan, ui.terminal);
            // The plan of a dry run is its result.
            let shown = if dry_run { ui.print(&text).is_ok() } else { false };
            if !shown {
                ui.say(text.trim_end());
            }
        }
        Event::Heard { line: Line { stream: Stream::Stdout, .. }, .. } => {
            for line in talk.lines(&event) {
                // That nobody reads it any more does not end what runs.
                let _ = ui.line(&line).and_then(|()| ui.finish());
            }
        }
        event => {
            for line in talk.lines(&event) {
                ui.say(&line);
            }
        }
    }
    None
}
