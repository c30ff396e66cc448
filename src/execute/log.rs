//! What is said in a run, on its way into the state: it is kept with the next entries of the journal, so that it costs no
//! writing of its own. What was said after the last entry before a sudden death is lost; nothing depends on it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::state::LogLine;
use crate::steps::Said;
use crate::system::Clock;

/// Lines of a run. A build that talks without end must not fill the disk of the state.
const LINES: usize = 50_000;

/// Characters of a line.
const LONGEST: usize = 4_000;

/// The lines that the state does not have yet.
pub(super) struct RunLog {
    clock: Arc<dyn Clock>,
    lines: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<LogLine>,
    /// How many there were in all.
    seen: usize,
}

impl RunLog {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, lines: Mutex::default() }
    }

    pub(super) fn add(&self, said: &Said, warning: bool) {
        let mut waiting = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.seen += 1;
        let text = match waiting.seen {
            ..LINES => said.text.chars().take(LONGEST).collect(),
            LINES => "(what was said after this is not kept: it is too much)".to_owned(),
            _ => return,
        };
        let machine = said.machine.as_ref().filter(|_| waiting.seen < LINES).map(ToString::to_string);
        let at = self.clock.now();
        waiting.lines.push(LogLine { at, machine, warning, text });
    }

    pub(super) fn take(&self) -> Vec<LogLine> {
        let mut waiting = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut waiting.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::MachineName;
    use crate::system::System;

    #[test]
    fn a_log_without_end_has_one() {
        let log = RunLog::new(System::os().clock);
        let said = Said { machine: Some(MachineName::new("web")), text: "ä".repeat(LONGEST + 1) };
        log.add(&said, true);
        assert_eq!(log.take()[0].text, "ä".repeat(LONGEST));
        for _ in 0..LINES + 10 {
            log.add(&said, false);
        }
        let lines = log.take();
        assert_eq!(lines.len(), LINES - 1);
        let last = lines.last().expect("there are many");
        assert!(last.machine.is_none() && last.text.contains("too much"), "{last:?}");
    }
}
