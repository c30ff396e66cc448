use crate::findings::{Edit, Finding};
use crate::network::{Network, PlainKind, Setting};

use super::check::check;

check! {
    /// # What it finds
    /// A `deployment.targetPort` that is no port: outside of 1 to 65535, or a number in quotes.
    ///
    /// # Why it is bad
    /// Nix refuses a string, and ssh refuses a number that is no port.
    ///
    /// # What to do instead
    /// Write a number from 1 to 65535, without quotes.
    ///
    /// # What it cannot see
    /// Whether an ssh server listens there.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetPort = "2222"; };   # error
    ///   db.deployment = { targetHost = "db.internal"; targetPort = 70000; };      # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetPort = 2222; };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetPort = "2222"; };   # error
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetPort = 2222; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-port", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetPort") else { continue };
        for value in definitions.iter().map(|it| &it.value) {
            let name = machine.name.as_str();
            let finding = match &value.kind {
                PlainKind::Int(port) if !(1..=65535).contains(port) => CHECK
                    .finding(value.at, format!("the targetPort {port} of `{name}` is no port"))
                    .help("ports go from 1 to 65535"),
                PlainKind::String(text) => {
                    let finding = CHECK
                        .finding(value.at, format!("the targetPort of `{name}` is a string, not a number"));
                    match text.trim().parse::<u16>() {
                        Ok(port) => finding.help(format!("write `{port}` without quotes")).fix(
                            "remove the quotes",
                            network.sources().slice(value.at) == format!("\"{text}\""),
                            vec![Edit { span: value.at, text: port.to_string() }],
                        ),
                        Err(_) => finding.help("write a number from 1 to 65535"),
                    }
                }
                _ => continue,
            };
            found.push(finding.machine(name));
        }
    }
}
