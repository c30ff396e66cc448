use crate::findings::Finding;
use crate::network::{Network, Setting};

use super::check::check;

check! {
    /// # What it finds
    /// A `deployment.targetUser` that is no user name: empty, with a blank, an `@` or a colon in it, or beginning with a hyphen.
    ///
    /// # Why it is bad
    /// ssh cannot log in, or takes the text for an option of its own.
    ///
    /// # What to do instead
    /// Write the login name alone. Write `null` to leave the choice to ssh's own configuration.
    ///
    /// # What it cannot see
    /// Whether the user exists on the machine and may log in.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetUser = "deploy@web"; };   # error
    ///   db.deployment = { targetHost = "db.internal"; targetUser = ""; };               # error
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web.deployment = { targetHost = "web.internal"; targetUser = "deploy"; };
    ///   db.deployment = { targetHost = "db.internal"; targetUser = null; };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-user", level: Error, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetUser") else { continue };
        for value in definitions.iter().map(|it| &it.value) {
            let Some(user) = value.as_str() else { continue };
            let what = if user.is_empty() {
                "is empty".to_owned()
            } else if user.starts_with('-') {
                "begins with a hyphen, so ssh takes it for an option".to_owned()
            } else if let Some(it) = user.chars().find(|it| it.is_whitespace() || it.is_control()) {
                format!("has {} in it", if it == ' ' { "a blank" } else { "white space" })
            } else if let Some(it) = user.chars().find(|it| "@:/".contains(*it)) {
                format!("has a `{it}` in it")
            } else {
                continue;
            };
            let named = if user.is_empty() { String::new() } else { format!(" `{user}`") };
            found.push(
                CHECK
                    .finding(value.at, format!("the targetUser{named} of `{}` {what}", machine.name))
                    .note("no user name")
                    .help("write the login name alone, or `null` for what ssh's own configuration says")
                    .machine(machine.name.as_str()),
            );
        }
    }
}
