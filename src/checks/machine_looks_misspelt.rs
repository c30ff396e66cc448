use rustc_hash::FxHashSet;

use crate::findings::{Edit, Finding};
use crate::network::{Machine, ModuleKind, Network, nearest};
use crate::text::FileId;

use super::check::check;

check! {
    /// # What it finds
    /// A machine that is hardly meant to be one. Either it is named in one file only and another file has a machine with almost the same name, or its name is almost one of the reserved names (`network`, `defaults`, `resources`, `require`, `meta`).
    ///
    /// # Why it is bad
    /// Every attribute that is not reserved is a machine. A slip of the fingers makes a new machine, and leaves the real one without half of its configuration.
    ///
    /// # What to do instead
    /// Correct the name. If both machines are meant, give them names that are easier to tell apart, or allow this finding in its place.
    ///
    /// # What it cannot see
    /// A wrong name in a network that is written in a single file.
    ///
    /// # Examples
    /// ```nix bad
    /// #- /target.nix
    /// {
    ///   tagret.deployment.targetHost = "10.0.0.7";   # warning
    /// }
    /// #- /config.nix
    /// {
    ///   target = { deployment.tags = [ "all" ]; deployment.targetHost = "target"; };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   netwrok = { description = "one machine"; };   # warning
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix bad
    /// #- /network.nix
    /// {
    ///   requires = [ ./more/web.nix ];   # warning
    ///   db.deployment.targetHost = "10.0.0.8";
    /// }
    /// #- /more/web.nix
    /// { web.deployment.targetHost = "10.0.0.7"; }
    /// ```
    /// ```nix good
    /// #- /target.nix
    /// {
    ///   target.deployment.targetHost = "10.0.0.7";
    /// }
    /// #- /config.nix
    /// {
    ///   target = { deployment.tags = [ "all" ]; };
    /// }
    /// ```
    /// ```nix bad
    /// {
    ///   default = { deployment.tags = [ "all" ]; };   # warning
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   defaults = { deployment.tags = [ "all" ]; };
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "machine-looks-misspelt", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let name = machine.name.as_str();
        let Some(at) = machine.at() else { continue };
        if let Some(reserved) = misspelt_reserved(network, machine) {
            let plain = network.sources().slice(at) == name;
            found.push(
                CHECK
                    .finding(at, format!("`{name}` makes a machine; did you mean `{reserved}`?"))
                    .note("every attribute that is not reserved is a machine")
                    .help(format!(
                        "write `{reserved}`; if it is a machine, give it a `deployment.targetHost`"
                    ))
                    .fix(
                        format!("write `{reserved}`"),
                        plain,
                        vec![Edit { span: at, text: reserved.to_owned() }],
                    )
                    .machine(name),
            );
        } else if let Some(other) = twin(network, machine) {
            let mut finding = CHECK
                .finding(at, format!("`{name}` is defined here only; did you mean `{}`?", other.name))
                .note("a machine of its own")
                .help(format!("if both machines are meant, allow this: `# nixwright: allow({})`", CHECK.id))
                .machine(name);
            if let Some(other_at) = other.at() {
                finding = finding.label(other_at, "the machine with almost the same name");
            }
            found.push(finding);
        }
    }
}

/// Machines of which nothing need be said: their names are slips, or a slip took half of them away.
pub(super) fn slips(network: &Network) -> FxHashSet<&str> {
    let mut slips = FxHashSet::default();
    for machine in &network.machines {
        if misspelt_reserved(network, machine).is_some() {
            slips.insert(machine.name.as_str());
        } else if let Some(other) = twin(network, machine) {
            slips.extend([machine.name.as_str(), other.name.as_str()]);
        }
    }
    slips
}

/// The reserved name that was meant, if the machine has nothing that a machine needs.
fn misspelt_reserved(network: &Network, machine: &Machine) -> Option<&'static str> {
    let has_host = machine.definitions_of(&["deployment", "targetHost"]).next().is_some();
    if has_host {
        return None;
    }
    let near = nearest(machine.name.as_str(), network.dialect.reserved().iter().copied());
    // A list of files is no machine, whatever is in the files.
    let is_list = machine.sources.iter().all(|it| it.value == ModuleKind::List);
    near.filter(|near| if *near == "require" { is_list } else { machine.open.is_empty() })
}

/// A machine of another file that has almost this name, where this one stands in one file only.
fn twin<'a>(network: &'a Network, machine: &Machine) -> Option<&'a Machine> {
    if network.inputs.len() < 2 {
        return None;
    }
    let files = |machine: &Machine| {
        let mut files: Vec<FileId> = machine.sources.iter().map(|it| it.file).collect();
        files.dedup();
        files
    };
    let [file] = files(machine)[..] else { return None };
    // Only where files are halves of one network, so that a machine is expected in several of them.
    let shares = |other: FileId| {
        network.machines.iter().any(|it| {
            let files = files(it);
            files.contains(&file) && files.contains(&other)
        })
    };
    let candidates: Vec<&Machine> = network
        .machines
        .iter()
        .map(AsRef::as_ref)
        .filter(|it| it.name != machine.name)
        // Cheap, and enough to keep large networks fast: slips change the length by little.
        .filter(|it| it.name.as_str().len().abs_diff(machine.name.as_str().len()) <= 2)
        .filter(|it| {
            let theirs = files(it);
            // `web1` beside `web2` are two machines, not one slip.
            !theirs.contains(&file) && !differ_by_digits(it.name.as_str(), machine.name.as_str())
        })
        .collect();
    let near = nearest(machine.name.as_str(), candidates.iter().map(|it| it.name.as_str()))?;
    let other = candidates.into_iter().find(|it| it.name.as_str() == near)?;
    let their_file = files(other)[0];
    let two_halves = network.inputs.len() == 2 || shares(their_file);
    // Of two that stand in one file each, one is blamed, so that there is one finding: the one that nobody refers to,
    // or else the one in the earlier file.
    let both_single = files(other).len() == 1;
    let order = |machine: &Machine, file: FileId| (is_referred_to(network, machine.name.as_str()), file);
    (two_halves && (!both_single || order(machine, file) < order(other, their_file))).then_some(other)
}

/// Whether some machine names this one.
fn is_referred_to(network: &Network, name: &str) -> bool {
    network.references.iter().any(|it| it.machine == name)
        || network.machines.iter().any(|it| {
            it.definitions_of(&["deployment", "dependsOn"])
                .flat_map(|it| it.value.as_list().unwrap_or_default())
                .any(|it| it.as_str() == Some(name))
        })
}

fn differ_by_digits(a: &str, b: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|it| !it.is_ascii_digit()).collect::<String>();
    letters(a) == letters(b)
}
