//! Where a command's words go: results to standard output, talk to standard error.
//!
//! The writers are handed in, so that tests read what a user would see. Knows whether to colour and how wide the
//! screen is; formats nothing itself.

use std::io::{self, Write};

use crate::system::Terminal;

use super::CommandError;

/// The two streams and the facts about them.
pub struct Ui<'a> {
    stdout: Box<dyn Write + Send + 'a>,
    stderr: Box<dyn Write + Send + 'a>,
    pub terminal: Terminal,
}

impl Ui<'static> {
    /// The streams of this process. Standard output is buffered; [`Ui::finish`] flushes it.
    pub fn os(terminal: Terminal) -> Self {
        Self::new(io::BufWriter::new(io::stdout()), io::stderr(), terminal)
    }
}

impl<'a> Ui<'a> {
    pub fn new(stdout: impl Write + Send + 'a, stderr: impl Write + Send + 'a, terminal: Terminal) -> Self {
        Self { stdout: Box::new(stdout), stderr: Box::new(stderr), terminal }
    }

    /// Results: what another program may read.
    pub fn print(&mut self, text: &str) -> Result<(), CommandError> {
        Ok(self.stdout.write_all(text.as_bytes())?)
    }

    /// Results, as one line.
    pub fn line(&mut self, text: &str) -> Result<(), CommandError> {
        self.print(text)?;
        self.print("\n")
    }

    /// Talk, as one line. That nobody listens is no reason to stop the work.
    pub fn say(&mut self, text: &str) {
        // What was printed comes before what is said about it, also where both streams are one terminal.
        let _ = self.stdout.flush();
        let _ = self.stderr.write_all(format!("{text}\n").as_bytes());
    }

    /// A question, with the cursor left behind it.
    pub fn ask(&mut self, question: &str) {
        let _ = self.stdout.flush();
        let _ = self.stderr.write_all(format!("{question} ").as_bytes());
        let _ = self.stderr.flush();
    }

    /// Flushes what was printed.
    pub fn finish(&mut self) -> Result<(), CommandError> {
        Ok(self.stdout.flush()?)
    }
}
