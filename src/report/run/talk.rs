//! The talk of a run: a line an event, each with the name of its machine, as users of NixOps know it.

use std::collections::BTreeMap;

use super::{COLOURS, GREEN, RED, YELLOW, painted};
use crate::execute::Event;
use crate::network::MachineName;
use crate::report::screen;
use crate::steps::Said;

/// Turns events into lines.
pub struct Talk {
    title: String,
    colour: bool,
    /// Width of the longest name.
    width: usize,
    colours: BTreeMap<MachineName, &'static str>,
    failed: bool,
}

impl Talk {
    /// `title` is the name of the deployment.
    pub fn new(title: &str, colour: bool) -> Self {
        Self { title: title.to_owned(), colour, width: 0, colours: BTreeMap::new(), failed: false }
    }

    /// What is said of an event: nothing, a line, or several.
    pub fn lines(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Machines(machines) => {
                self.width =
                    machines.iter().map(|machine| machine.as_str().chars().count()).max().unwrap_or(0);
                self.colours = machines.iter().cloned().zip(COLOURS.into_iter().cycle()).collect();
                Vec::new()
            }
            Event::Said(said) => self.prefixed(said, |text| text.to_owned()),
            Event::Heard { machine, line } => {
                vec![format!("{}{}", self.prefix(machine), screen::line(&line.text))]
            }
            Event::Warned(said) => {
                let colour = self.colour;
                self.prefixed(said, |text| format!("{}{text}", painted(colour, YELLOW, "warning: ")))
            }
            Event::StepFailed { machine, error, .. } => {
                self.failed = true;
                let colour = self.colour;
                let said = Said { machine: machine.clone(), text: error.clone() };
                self.prefixed(&said, |text| format!("{}{text}", painted(colour, RED, "error: ")))
            }
            Event::Interrupted { at_once } => {
                let what = if *at_once {
                    "cutting what still runs"
                } else {
                    "finishing the activations that run; once more cuts them"
                };
                vec![painted(self.colour, YELLOW, &format!("interrupted: {what}"))]
            }
            // The gate is the only step that is about no machine.
            Event::StepSucceeded { machine: None, .. } if !self.failed => {
                vec![format!(
                    "{}> {}",
                    self.title,
                    painted(self.colour, GREEN, "closures copied successfully")
                )]
            }
            Event::StepUndone { machine, impossible, .. } => {
                let text = match impossible {
                    None => "it is back on its previous system".to_owned(),
                    Some(because) => format!("could not go back: {because}"),
                };
                self.prefixed(&Said { machine: machine.clone(), text }, str::to_owned)
            }
            Event::StepStarted { .. }
            | Event::StepSucceeded { .. }
            | Event::StepSkipped { .. }
            | Event::Planned(_)
            | Event::Asked { .. }
            | Event::PasswordAsked { .. } => Vec::new(),
        }
    }

    fn prefixed(&self, said: &Said, shape: impl FnOnce(&str) -> String) -> Vec<String> {
        let prefix = said.machine.as_ref().map(|machine| self.prefix(machine)).unwrap_or_default();
        let mut lines = said.text.lines();
        let first = format!("{prefix}{}", shape(lines.next().unwrap_or_default()));
        std::iter::once(first).chain(lines.map(|line| format!("{prefix}{line}"))).collect()
    }

    /// `db...> `, all of one width.
    fn prefix(&self, machine: &MachineName) -> String {
        let name = machine.as_str();
        let dots = ".".repeat(self.width.saturating_sub(name.chars().count()));
        let colour = self.colours.get(machine).copied().unwrap_or(COLOURS[0]);
        format!("{} ", painted(self.colour, colour, &format!("{name}{dots}>")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_padded_with_dots() {
        let mut talk = Talk::new("demo", false);
        let names = ["db", "web"].map(MachineName::new);
        assert!(talk.lines(&Event::Machines(names.to_vec())).is_empty());
        let said = Said { machine: Some(names[0].clone()), text: "one\ntwo".to_owned() };
        assert_eq!(talk.lines(&Event::Said(said.clone())), ["db.> one", "db.> two"]);
        assert_eq!(talk.lines(&Event::Warned(said))[0], "db.> warning: one");
        let said = Said { machine: None, text: "building".to_owned() };
        assert_eq!(talk.lines(&Event::Said(said)), ["building"]);
    }
}
