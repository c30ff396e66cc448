use crate::findings::{Edit, Finding, Level};
use crate::network::{Network, Setting, host_problem};

use super::check::check;
use super::literal;

check! {
    /// # What it finds
    /// A `deployment.targetHost` that is neither a host name nor an address. It has a scheme, a user, a port, a path, a blank, a number above 255, and the like.
    ///
    /// # Why it is bad
    /// ssh takes the whole text for a host name and cannot resolve it, or takes it for one of its options.
    ///
    /// # What to do instead
    /// Write the host alone. The user belongs into `targetUser`, the port into `targetPort`.
    ///
    /// # What it cannot see
    /// Whether the host exists. An underscore and an IPv6 zone are warnings: some resolvers and ssh's own configuration accept them.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   a.deployment.targetHost = "root@10.0.0.1";   # error
    ///   b.deployment.targetHost = "10.0.0.2:2222";   # error
    ///   c.deployment.targetHost = "10.0.0.333";      # error
    ///   d.deployment.targetHost = "db_1.internal";   # warning
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   a.deployment = { targetHost = "10.0.0.1"; targetUser = "root"; };
    ///   b.deployment = { targetHost = "10.0.0.2"; targetPort = 2222; };
    ///   c.deployment.targetHost = "2001:67c::33";
    ///   d.deployment.targetHost = "db-1.internal";
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   a.deployment.targetHost = "a.internal ";   # error
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   a.deployment.targetHost = "a.internal";
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-host-format", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetHost") else { continue };
        for value in definitions.iter().map(|it| &it.value) {
            let Some(host) = value.as_str().filter(|host| !host.is_empty()) else { continue };
            let Some(problem) = host_problem(host) else { continue };
            let at = literal::inside(network, value.at, host, problem.at.clone());
            let mut finding = CHECK
                .finding(at, format!("the targetHost `{host}` of `{}` {}", machine.name, problem.message))
                .help(problem.help)
                .machine(machine.name.as_str());
            if !problem.certain {
                finding.level = Level::Warning;
            }
            let whole = literal::inside(network, value.at, host, 0..host.len());
            if let Some(instead) = problem.instead.filter(|_| whole != value.at) {
                finding = finding.fix(
                    format!("write `{instead}`"),
                    true,
                    vec![Edit { span: whole, text: instead }],
                );
            }
            found.push(finding);
        }
    }
}
