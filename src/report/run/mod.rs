//! A run as people see it: the talk while it goes on, the plan before, the summary after.

mod events;
pub(super) mod plan;
mod summary;
mod talk;

#[cfg(test)]
pub(crate) use events::schema;
pub use events::{event_line, last_line};
pub use plan::plan;
pub use summary::{not_part_of_it, summary};
pub use talk::Talk;

/// The colours of names on a terminal, given out in turn.
const COLOURS: [&str; 6] = ["\x1b[36m", "\x1b[35m", "\x1b[33m", "\x1b[34m", "\x1b[32m", "\x1b[31m"];
pub(super) const RED: &str = "\x1b[31m";
pub(super) const GREEN: &str = "\x1b[32m";
pub(super) const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

pub(super) fn painted(colour: bool, style: &str, text: &str) -> String {
    if colour { format!("{style}{text}{RESET}") } else { text.to_owned() }
}
