//! A session with the program over real pipes: messages in frames, each with a limit of time.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing takes that long.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Session {
    program: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
}

impl Session {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_nixwright"))
            .arg("lsp")
            .current_dir(folder)
            .env_remove("NIX_PATH")
            .env("XDG_CACHE_HOME", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(program.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = frame(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { input: program.stdin.take(), program, messages }
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        let input = self.input.as_mut().expect("the session has not ended");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    /// The next message of the server.
    pub(crate) fn next(&mut self) -> Value {
        match self.messages.recv_timeout(LIMIT) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("the server said nothing for {LIMIT:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the server is gone"),
        }
    }

    /// Everything up to the answer to a request of this number, that included.
    pub(crate) fn until(&mut self, id: &Value) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next();
            let is_answer = message.get("method").is_none() && message["id"] == *id;
            messages.push(message);
            if is_answer {
                return messages;
            }
        }
    }

    /// Hangs up; the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.input.take());
        self.program.wait().unwrap().code()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn frame(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        output.read_line(&mut line).ok().filter(|it| *it > 0)?;
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length: ") {
            length = number.parse::<usize>().ok();
        }
    }
    let mut bytes = vec![0; length?];
    output.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
