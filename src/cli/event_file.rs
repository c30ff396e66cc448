//! Where the events of a run are written for programs that watch it (`--events FILE`).
//!
//! A thread of its own writes, so a reader that is slow, or gone, holds nothing up.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use super::{CommandError, Ui};
use crate::system::System;

/// How long the end of a run waits for whoever reads its events.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open file with a thread that writes to it.
pub(super) struct EventFile {
    path: PathBuf,
    lines: mpsc::Sender<String>,
    written: mpsc::Receiver<std::io::Result<()>>,
}

impl EventFile {
    /// Opens it. For a named pipe that takes until somebody reads it.
    pub(super) fn open(system: &System, path: PathBuf) -> Result<Self, CommandError> {
        if path.as_os_str() == "-" {
            return Err(CommandError::usage("`--events` needs a file")
                .hint("standard output is the file /dev/fd/1, another open file N is /dev/fd/N"));
        }
        let opened = system.files.overwrite(&system.environment.absolute(&path));
        let mut file = opened.map_err(|error| {
            CommandError::usage(format!("events cannot be written to {}: {error}", path.display()))
        })?;
        let (lines, to_write) = mpsc::channel::<String>();
        let (tell, written) = mpsc::channel();
        std::thread::spawn(move || {
            let write = || {
                for line in to_write {
                    file.write_all(line.as_bytes())?;
                    file.flush()?;
                }
                Ok(())
            };
            // Nobody waits any more when that took too long.
            let _ = tell.send(write());
        });
        Ok(Self { path, lines, written })
    }

    pub(super) fn put(&self, line: String) {
        // A reader that went away misses the rest, and that is its own affair.
        let _ = self.lines.send(line);
    }

    /// Waits until everything is written; says so where that cannot be.
    pub(super) fn close(self, ui: &mut Ui<'_>) {
        drop(self.lines);
        let why = match self.written.recv_timeout(PATIENCE) {
            Ok(Ok(())) => return,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "whoever reads them does not go on".to_owned(),
        };
        ui.say(&format!("warning: not all events are in {}: {why}", self.path.display()));
    }
}
