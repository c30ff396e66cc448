use rustc_hash::FxHashMap;

use crate::findings::Finding;
use crate::network::{Attribute, Network};

use super::check::check;

check! {
    /// # What it finds
    /// An attribute of `network` that several files of one network set.
    ///
    /// # Why it is bad
    /// The last file wins without a word, and takes the whole attribute: nothing inside is merged.
    ///
    /// # What to do instead
    /// Set it in one file.
    ///
    /// # What it cannot see
    /// Files that set the same value agree, and are left alone.
    ///
    /// # Examples
    /// ```nix bad
    /// #- /a.nix
    /// {
    ///   network.description = "the first";
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// #- /b.nix
    /// {
    ///   network.description = "the second";   # warning
    /// }
    /// ```
    /// ```nix good
    /// #- /a.nix
    /// {
    ///   network.description = "the only";
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// #- /b.nix
    /// {
    ///   network.enableRollback = true;
    /// }
    /// ```
    pub(super) static CHECK = { id: "network-overridden", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let mut last: FxHashMap<(&str, &str), &Attribute> = FxHashMap::default();
    for later in &network.attributes {
        // A set has each name once, so that the definition before is in another file.
        let Some(earlier) = last.insert((later.set, later.name.as_ref()), later) else { continue };
        if earlier.file == later.file {
            continue;
        }
        let same = earlier.value.is_known() && earlier.value.kind == later.value.kind;
        if same || later.value.as_set().is_some_and(|it| it.is_empty()) {
            continue;
        }
        found.push(
            CHECK
                .finding(
                    later.at,
                    format!("`{}.{}` is set in two files; this one wins", later.set, later.name),
                )
                .note("replaces the other as a whole")
                .label(earlier.at, "has no effect")
                .help("set it in one file"),
        );
    }
}
