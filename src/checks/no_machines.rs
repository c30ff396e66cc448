use crate::findings::Finding;
use crate::network::{InputShape, Network};

use super::check::check;

check! {
    /// # What it finds
    /// A network in which no file names a machine.
    ///
    /// # Why it is bad
    /// There is nothing to deploy. Often the file with the machines was not given: a network may consist of several files.
    ///
    /// # What to do instead
    /// Add a machine, or give the other files of the network as well.
    ///
    /// # What it cannot see
    /// Networks whose machines are computed from something unknown; they are left alone.
    ///
    /// # Examples
    /// ```nix bad
    /// {   # warning
    ///   network.description = "nothing yet";
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   network.description = "one machine";
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "no-machines", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let all_read = network.inputs.iter().all(|it| it.shape == InputShape::Network);
    let Some(at) = network.start() else { return };
    if !network.machines.is_empty() || !network.is_complete() || !all_read {
        return;
    }
    found.push(
        CHECK
            .finding(at, "this network has no machines")
            .help("each attribute beside `network`, `defaults` and `resources` is a machine; are the files with the machines missing?"),
    );
}
