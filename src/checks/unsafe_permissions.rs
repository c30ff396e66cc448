use crate::findings::Finding;
use crate::network::{Network, Plain};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A key that is written into a folder that everybody may write to, such as `/tmp`, and a rule of `systemd.tmpfiles` that
    /// lets everybody write to a folder or a file.
    ///
    /// # Why it is bad
    /// Whoever may write to the folder can put a file or a link in the key's place before it arrives, and read or replace
    /// what others rely on.
    ///
    /// # What to do instead
    /// Leave `destDir` at `/run/keys`, or name a folder of root's. Give a folder to the user or the group that writes to it.
    ///
    /// # What it cannot see
    /// Folders below one that everybody may write to count as such a folder, whoever owns them. Modes that are set when the
    /// machine runs are unknown. Who may read a key is told by `key-permissions`.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.keys.tls = { keyFile = "/root/tls"; destDir = "/tmp"; };   # warning
    ///     systemd.tmpfiles.rules = [
    ///       "d /var/lib/app 0777 app app -"   # warning
    ///     ];
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "10.0.0.7";
    ///     deployment.keys.tls = { keyFile = "/root/tls"; destDir = "/run/app"; };
    ///     systemd.tmpfiles.rules = [
    ///       "d /var/lib/app 0775 app app -"
    ///       "d /var/spool/drop 1777 root root -"
    ///     ];
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "unsafe-permissions", level: Warning, since: "0.1.0", looks_at: Machine }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let name = machine.name.as_str();
        for (set, field) in [("keys", "destDir"), ("secrets", "destination")] {
            for definition in machine.definitions_of(&["deployment", set]).filter(|it| it.certain) {
                for entry in definition.value.as_set().unwrap_or_default() {
                    let fields = entry.value.as_set().unwrap_or_default();
                    let Some(folder) = fields.iter().find(|it| it.name.as_ref() == field).map(|it| &it.value)
                    else {
                        continue;
                    };
                    let Some(path) = folder.as_str().filter(|it| is_everybodys(it)) else { continue };
                    let message = format!(
                        "the key `{}` of `{name}` lies in `{path}`, where everybody may write",
                        entry.name
                    );
                    let help = "leave it in `/run/keys`, or use a folder that only root may write to";
                    found.push(CHECK.finding(folder.at, message).help(help).machine(name));
                }
            }
        }
        for (path, mode, at) in rules(&machine.nixos_list(&["systemd", "tmpfiles", "rules"]).elements) {
            let message = format!("everybody on `{name}` may write to `{path}`: its mode is {mode}");
            let help =
                "give it to the user or the group that writes to it; a folder for all has the mode 1777";
            found.push(CHECK.finding(at, message).help(help).machine(name));
        }
    }
}

/// Whether everybody may write to a folder.
fn is_everybodys(path: &str) -> bool {
    ["/tmp", "/var/tmp", "/dev/shm"]
        .iter()
        .any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Rules that make a file or a folder that everybody may write to: its path, the mode, and where the rule stands.
fn rules<'a>(rules: &[&'a Plain]) -> Vec<(&'a str, &'a str, Span)> {
    let mut found = Vec::new();
    for rule in rules {
        let Some(text) = rule.as_str() else { continue };
        let mut words = text.split_whitespace();
        let (Some(kind), Some(path), Some(mode)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let makes = kind.trim_end_matches(['+', '!', '-', '=', '^', '~']);
        let bits = mode.trim_start_matches(['~', ':']);
        let octal = (3..=4).contains(&bits.len()) && bits.bytes().all(|it| (b'0'..=b'7').contains(&it));
        let sticky = bits.len() == 4 && matches!(bits.as_bytes()[0], b'1' | b'3' | b'5' | b'7');
        let writable = bits.ends_with(['2', '3', '6', '7']);
        if matches!(makes, "d" | "D" | "f" | "F" | "v" | "q" | "Q" | "z" | "Z")
            && octal
            && writable
            && !sticky
        {
            found.push((path, mode, rule.at));
        }
    }
    found
}
