//! What Nix says while it evaluates, with `--log-format internal-json --show-trace`: why it failed, and everything
//! else. Nix 2.8 and 2.26 name files differently; both tell the trace from the inside to the outside.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::message::{self, Message};
use crate::network::{Frame, Position};

/// Why an evaluation failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    pub text: String,
    /// Innermost first.
    pub frames: Vec<Frame>,
}

/// Frames that are kept; the innermost ones say most.
const MOST_FRAMES: usize = 500;

/// Reads what was said: the last error, and the lines of everything else.
pub(super) fn read(said: &str) -> (Option<Failure>, Vec<String>) {
    let mut failure = None;
    let mut lines = Vec::new();
    for line in said.lines() {
        let json = line.strip_prefix("@nix ").and_then(|it| serde_json::from_str::<Json>(it).ok());
        match (message::parse(line), json) {
            (Some(Message::Error { text }), Some(json)) => failure = Some(error(text, &json)),
            (Some(Message::Plain { text } | Message::Error { text }), _) => {
                lines.extend(text.lines().filter(|it| !it.trim().is_empty()).map(str::to_owned));
            }
            _ => {}
        }
    }
    (failure, lines)
}

fn error(text: String, json: &Json) -> Failure {
    let own = position(json).map(|at| Frame { text: String::new(), at: Some(at) });
    let trace = json["trace"].as_array().into_iter().flatten().take(MOST_FRAMES).map(|frame| Frame {
        text: message::without_colours(frame["raw_msg"].as_str().unwrap_or_default()),
        at: position(frame),
    });
    Failure { text, frames: own.into_iter().chain(trace).collect() }
}

fn position(json: &Json) -> Option<Position> {
    let number = |name: &str| u32::try_from(json[name].as_u64()?).ok();
    let (line, column) = (number("line")?, number("column")?);
    let file = json["file"].as_str()?;
    // Newer versions of Nix write line and column behind the file as well.
    let file = file.strip_suffix(&format!(":{line}:{column}")).unwrap_or(file);
    file.starts_with('/').then(|| Position { file: PathBuf::from(file), line, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_old_and_new_nix_are_read_with_their_traces() {
        let at = |line, column| Some(Position { file: "/home/me/web.nix".into(), line, column });
        for (own, other) in [
            ("/home/me/web.nix", "/nixpkgs/lib/modules.nix"),
            ("/home/me/web.nix:8:46", "/nixpkgs/lib/modules.nix:3:1"),
        ] {
            let said = format!(
                "warning: a line\n@nix {{\"action\":\"msg\",\"level\":0,\"column\":46,\"file\":\"{own}\",\"line\":8,\"msg\":\"long\",\
                 \"raw_msg\":\"attribute '\\u001b[35;1mfoo\\u001b[0m' missing\",\"trace\":[\
                 {{\"column\":null,\"file\":null,\"line\":null,\"raw_msg\":\"while evaluating definitions\"}},\
                 {{\"column\":1,\"file\":\"{other}\",\"line\":3,\"raw_msg\":\"from call site\"}}]}}\n"
            );
            let (failure, lines) = read(&said);
            let failure = failure.unwrap();
            assert_eq!(failure.text, "attribute 'foo' missing");
            assert_eq!(lines, ["warning: a line"]);
            let places: Vec<_> = failure.frames.iter().map(|it| it.at.clone()).collect();
            let library = Some(Position { file: "/nixpkgs/lib/modules.nix".into(), line: 3, column: 1 });
            assert_eq!(places, [at(8, 46), None, library]);
        }
    }
}
