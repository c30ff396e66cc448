//! The checks: one file each, with its page, its metadata, its examples and its code.
//!
//! A check asks "is it known to be wrong?", never "is it not known to be right?": where what it reads is unknown it
//! stays silent, and says so on its page. Knows neither terminals nor formats; reads the network model and the
//! syntax trees, and nothing else.
//!
//! To add a check: write `checks/<id>.rs` (with `_` for `-`) and add one line to [`registry`].

mod allows;
mod check;
mod levels;
mod page;
mod registry;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod harness;

use crate::findings::{self, Finding};
use crate::network::Network;

pub use check::Check;
pub use levels::{LevelError, Levels};
pub use registry::all;

/// The check of this name.
pub fn find(id: &str) -> Option<&'static Check> {
    all().iter().copied().find(|check| check.id == id)
}

/// Runs every check that is on. The result is sorted; the same network gives the same list.
pub fn run(network: &Network, levels: &Levels) -> Vec<Finding> {
    let mut found = Vec::new();
    for check in all().iter().filter(|check| levels.is_on(check)) {
        (check.run)(network, &mut found);
    }
    allows::apply(network, levels, &mut found);
    levels.apply(&mut found);
    findings::sort(&mut found);
    found
}
