use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::findings::Finding;
use crate::network::{Network, PlainKind, Setting};
use crate::syntax::{self, Expr};
use crate::text::{FileId, Span};

use super::check::check;
use super::secret_files;
use super::secret_shapes::{is_hash, is_stand_in, may_hold_secrets, secrets_in};

check! {
    /// # What it finds
    /// A secret that everybody can read: a private key, a token, a password or the hash of one in a value that ends in the
    /// Nix store, a file that is named like a secret and read into such a value, and a key of a deployment whose text stands in the
    /// network's own files. What stands there is not shown.
    ///
    /// # Why it is bad
    /// Every user and every service of a machine may read its store, and copies of it go to caches. What stands in the
    /// network's files lies in their repository, on every computer that has a copy, for as long as its history.
    ///
    /// # What to do instead
    /// Give the option a file: `hashedPasswordFile`, `passwordFile`, `environmentFile` and the like, and send that file with
    /// `deployment.keys.<name>.keyFile` or `keyCommand`. A secret that was public once needs to be replaced.
    ///
    /// # What it cannot see
    /// Secrets without a form of their own, in options that it does not know by name, and values that are not known. It does
    /// not know which secrets are meant for a test: allow it there.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetHost = "web.internal";
    ///     deployment.keys.admin.text = "correct horse";   # warning
    ///     users.users.alice.initialPassword = "swordfish";   # warning
    ///     users.users.bob.hashedPassword = "$6$salt$Ep1ZcBvB3nB0oR8y3vU1";   # warning
    ///     environment.etc."token".text = "ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX";   # warning
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetHost = "web.internal";
    ///     deployment.keys.admin.keyCommand = [ "pass" "show" "admin" ];
    ///     users.users.alice.hashedPasswordFile = "/run/keys/alice";
    ///     users.users.bob.hashedPassword = "!";
    ///     users.users.eve.initialPassword = "$EVE";
    ///     environment.etc."token".text = "tokens look like ghp_ and more";
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "secret-in-store", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    let mut seen: FxHashSet<Span> = FxHashSet::default();
    let mut secrets: FxHashMap<FileId, FxHashSet<String>> = FxHashMap::default();
    let mut hiding = |finding: Finding, secret: &str| {
        let at = finding.span;
        let lines = secret.lines().map(str::trim).filter(|it| it.len() >= SHORTEST);
        secrets.entry(at.file).or_default().extend(lines.map(str::to_owned));
        if is_literal(network, at) { finding.hide(at) } else { finding }
    };
    let first = found.len();
    for machine in &network.machines {
        let name = machine.name.as_str();
        for definition in machine.definitions_of(&["deployment", "keys"]).filter(|it| it.certain) {
            for key in definition.value.as_set().unwrap_or_default() {
                let inside =
                    key.value.as_set().and_then(|it| it.iter().find(|it| it.name.as_ref() == "text"));
                let text = inside.map_or(&key.value, |it| &it.value);
                let Some(secret) = text.as_str().filter(|it| !is_stand_in(it)) else { continue };
                if !is_literal(network, text.at) {
                    continue;
                }
                seen.insert(text.at);
                let message = format!("the key `{}` of `{name}` stands in the network's own files", key.name);
                let help = "keep it elsewhere: `keyFile` names a file, `keyCommand` a program that prints it";
                let finding =
                    CHECK.finding(text.at, message).note("whoever reads the files knows it").help(help);
                found.push(hiding(finding, secret).machine(name));
            }
        }
        // What another definition replaces does not end in the store.
        let deciding = machine.passwords().into_iter().filter_map(|it| match it {
            Setting::Known(winners) => Some(winners),
            _ => None,
        });
        for definition in deciding.flatten() {
            let PlainKind::String(secret) = &definition.value.kind else { continue };
            if is_stand_in(secret) {
                continue;
            }
            let option = definition.path.last().map_or("", AsRef::as_ref);
            let hashed = option.to_ascii_lowercase().contains("hashed");
            if hashed && !is_hash(secret) {
                continue;
            }
            let what = if hashed { "the hash of a password" } else { "a secret" };
            let names: Vec<&str> = definition.path.iter().map(AsRef::as_ref).collect();
            let path = names.join(".");
            seen.insert(definition.value.at);
            let message = format!("`{path}` is {what}, and everybody on `{name}` can read it in the store");
            let help = match option {
                "hashedPassword" | "password" | "initialPassword" | "initialHashedPassword" => {
                    "use `hashedPasswordFile` (`passwordFile` before 23.11), and send the file with `deployment.keys`"
                }
                _ => {
                    "give the service a file instead, where it takes one, and send it with `deployment.keys`"
                }
            };
            let finding = CHECK.finding(definition.value.at, message).note("ends in the store").help(help);
            found.push(hiding(finding, secret).machine(name));
        }
    }
    for (file, secrets) in secrets {
        let of_file = found[first..].iter_mut().find(|it| it.span.file == file);
        if let Some(finding) = of_file {
            finding.hidden.extend(places(network, file, &secrets));
        }
    }
    for file in &network.files {
        if !network
            .sources()
            .file(*file)
            .marked(|text| may_hold_secrets(text) || secret_files::may_read(text))
        {
            continue;
        }
        tokens(network, *file, &mut seen, found);
        for (at, path) in secret_files::read(network, *file) {
            if seen.insert(at) {
                let message =
                    format!("the secret in `{path}` is copied into the store, where everybody can read it");
                let help =
                    "send the file with `deployment.keys` and name the place where it lies on the machine";
                found.push(CHECK.finding(at, message).note("reads the secret").help(help));
            }
        }
    }
}

/// Keys and tokens in the literals of a file.
fn tokens(network: &Network, file: FileId, seen: &mut FxHashSet<Span>, found: &mut Vec<Finding>) {
    let text = &network.sources().file(file).text;
    if !may_hold_secrets(text) {
        return;
    }
    let module = syntax::parse(file, text).module;
    let literals = (module.exprs.iter().zip(&module.spans))
        .filter(|(expr, _)| matches!(expr, Expr::Str(_) | Expr::Interpolation { .. }))
        .map(|(_, at)| Span::new(file, at.0, at.1));
    let literals = outermost(literals.collect());
    let told = outermost(seen.iter().filter(|it| it.file == file).copied().collect());
    for (range, what) in secrets_in(text) {
        let here = Span::new(file, offset(range.start), offset(range.end));
        // What is not in a literal is a comment.
        let Some(literal) = around(&literals, here) else { continue };
        if around(&told, here).is_some() || !seen.insert(literal) {
            continue;
        }
        let message =
            format!("{what} stands in the network's files, and what these say is in the store for everybody");
        let help = "replace it by a new one, and send that with `deployment.keys`";
        let finding = CHECK.finding(here, message).note("not shown").help(help);
        found.push(finding.hide(literal));
    }
}

/// The spans of one file that stand in no other, in their order.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    let mut end = 0;
    spans.retain(|it| {
        let reaches_further = end < it.end;
        end = end.max(it.end);
        reaches_further
    });
    spans
}

/// The one of such spans that a place stands in.
fn around(outermost: &[Span], here: Span) -> Option<Span> {
    let before = outermost.partition_point(|it| it.start <= here.start);
    outermost[..before].last().copied().filter(|it| here.end <= it.end)
}

fn is_literal(network: &Network, at: Span) -> bool {
    network.sources().slice(at).starts_with(['"', '\''])
}

/// Wherever lines of secrets are written in a file. Places that touch are one.
fn places(network: &Network, file: FileId, secrets: &FxHashSet<String>) -> Vec<Span> {
    let text = &network.sources().file(file).text;
    let found: Vec<Range<usize>> = if secrets.len() <= FEW {
        let each = secrets.iter().flat_map(|it| text.match_indices(it.as_str()));
        each.map(|(start, secret)| start..start + secret.len()).collect()
    } else {
        // Looking for each of them by itself would read the file as often as there are secrets.
        let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(secrets);
        let Ok(search) = search else { return Vec::new() };
        search.find_overlapping_iter(text.as_bytes()).map(|it| it.range()).collect()
    };
    places_together(found).into_iter().map(|it| Span::new(file, offset(it.start), offset(it.end))).collect()
}

/// To look for so few at once costs more than one by one.
const FEW: usize = 16;

/// Ranges in order, with those that overlap or touch as one.
fn places_together(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_unstable_by_key(|it| it.start);
    let mut places: Vec<Range<usize>> = Vec::new();
    for place in found {
        match places.last_mut() {
            Some(before) if place.start <= before.end => before.end = before.end.max(place.end),
            _ => places.push(place),
        }
    }
    places
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("files are smaller than 4 GiB")
}

/// Shorter lines of a secret may be words that stand anywhere.
const SHORTEST: usize = 6;
