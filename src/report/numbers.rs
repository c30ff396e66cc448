//! Times and amounts, for `--stats`.

use std::time::Duration;

use crate::network::Network;

use super::findings::plural;

/// How long reading and checking a network took.
pub fn check(network: &Network, loading: Duration, checking: Duration) -> String {
    let bytes: usize = network.files.iter().map(|file| network.sources().file(*file).text.len()).sum();
    format!(
        "{}, {bytes} bytes, {}: read and evaluated in {:.2} ms, checked in {:.2} ms{}",
        plural(network.files.len(), "file"),
        plural(network.machines.len(), "machine"),
        milliseconds(loading),
        milliseconds(checking),
        if network.options_known {
            ""
        } else {
            "; options of NixOS are not checked, because no schema says which there are"
        }
    )
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
