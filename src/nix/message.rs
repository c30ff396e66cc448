//! What Nix writes while it works with `--log-format internal-json`: one line at a time to one message.

use serde_json::Value;

/// A line of the log that something can be done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A build began: its derivation, by the id of its activity.
    BuildStarted { id: u64, derivation: String },
    /// A line of a build's log.
    BuildLine { id: u64, text: String },
    /// A build entered a phase.
    Phase { id: u64, phase: String },
    /// A path is being copied or substituted.
    CopyStarted { id: u64, path: String },
    /// An activity ended, well or badly.
    Stopped { id: u64 },
    /// An error of Nix, without colours.
    Error { text: String },
    /// Anything else that was not JSON: other programs' talk (ssh, warnings, traces).
    Plain { text: String },
}

/// Activity types and results of Nix (its `logging.hh`).
const COPY_PATH: u64 = 100;
const BUILD: u64 = 105;
const SUBSTITUTE: u64 = 108;
const BUILD_LOG_LINE: u64 = 101;
const SET_PHASE: u64 = 104;
const LEVEL_ERROR: u64 = 0;
const LEVEL_WARNING: u64 = 1;

/// Reads one line; `None` for messages that nobody needs (progress counters, other activities).
pub fn parse(line: &str) -> Option<Message> {
    let Some(json) = line.strip_prefix("@nix ") else {
        let text = line.trim_end();
        return (!text.is_empty()).then(|| Message::Plain { text: text.to_owned() });
    };
    let Ok(value) = serde_json::from_str::<Value>(json) else {
        return Some(Message::Plain { text: line.to_owned() });
    };
    let id = value["id"].as_u64().unwrap_or_default();
    let field = |index: usize| value["fields"][index].as_str().map(str::to_owned);
    match value["action"].as_str()? {
        "start" => match value["type"].as_u64()? {
            BUILD => Some(Message::BuildStarted { id, derivation: field(0)? }),
            COPY_PATH | SUBSTITUTE => Some(Message::CopyStarted { id, path: field(0)? }),
            _ => None,
        },
        "stop" => Some(Message::Stopped { id }),
        "result" => match value["type"].as_u64()? {
            BUILD_LOG_LINE => Some(Message::BuildLine { id, text: field(0)? }),
            SET_PHASE => Some(Message::Phase { id, phase: field(0)? }),
            _ => None,
        },
        "msg" => {
            let text = without_colours(value["raw_msg"].as_str().or(value["msg"].as_str())?);
            match value["level"].as_u64()? {
                LEVEL_ERROR => Some(Message::Error { text }),
                LEVEL_WARNING => Some(Message::Plain { text }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Text without terminal escape sequences.
pub(super) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        let sequence = &rest[at..];
        let end = sequence.find(|it: char| it.is_ascii_alphabetic()).map_or(sequence.len(), |end| end + 1);
        rest = &sequence[end..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_logs_and_errors_are_told_apart() {
        let start = r#"@nix {"action":"start","id":7,"level":3,"type":105,"text":"building","fields":["/nix/store/x.drv","",1,1]}"#;
        let derivation = "/nix/store/x.drv".to_owned();
        assert_eq!(parse(start), Some(Message::BuildStarted { id: 7, derivation }));
        let line = r#"@nix {"action":"result","id":7,"type":101,"fields":["hello"]}"#;
        assert_eq!(parse(line), Some(Message::BuildLine { id: 7, text: "hello".to_owned() }));
        let error = "@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"\\u001b[31;1merror:\\u001b[0m bad\"}";
        assert_eq!(parse(error), Some(Message::Error { text: "error: bad".to_owned() }));
        assert_eq!(parse(r#"@nix {"action":"result","id":7,"type":105,"fields":[1,2,3,4]}"#), None);
        assert_eq!(parse("warning: x"), Some(Message::Plain { text: "warning: x".to_owned() }));
        assert_eq!(parse("@nix {broken"), Some(Message::Plain { text: "@nix {broken".to_owned() }));
    }
}
