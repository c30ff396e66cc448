//! What the static half calls known, held against what Nix evaluated. Both must be equal: a difference is a mistake of
//! this program, never of the user. Compares plain data; asks nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::account::Account;
use super::machine::Setting;
use super::model::Network;
use crate::options::{Plain, PlainKind};

/// What Nix evaluated of a network.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Every machine, in order of name.
    pub names: Vec<String>,
    pub description: Option<String>,
    /// Of each machine that could be evaluated the options of [`Network::questions`].
    pub machines: BTreeMap<String, BTreeMap<Vec<String>, Json>>,
}

/// What came of the comparison.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// Values that are known without Nix and were held against Nix's.
    pub compared: usize,
    /// Those of them that are what Nix says.
    pub agreed: usize,
    /// Values that are not known without Nix.
    pub unknown: usize,
    /// Values of machines that Nix could not evaluate.
    pub not_evaluated: usize,
    pub differences: Vec<Difference>,
}

/// A place where this program is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub machine: Option<String>,
    /// The option, or what else it is.
    pub what: String,
    /// Where inside of the value, and how.
    pub why: String,
    pub ours: String,
    pub nix: String,
}

/// How Nix is told to write what JSON has no words for (`nix/values.nix`).
const FUNCTION: &str = "«function»";
const PACKAGE: &str = "«package»";
const FAILS: &str = "«fails»";

/// Options that hold secrets: what is in them is not printed.
const SECRET: [&str; 2] = ["keys", "secrets"];

/// Beside those of `deployment`, what `show` says of a machine.
const ALSO: [&str; 2] = ["networking", "hostName"];

impl Network {
    /// The options of which something is known for some machine: what Nix has to be asked for.
    pub fn questions(&self) -> Vec<Vec<String>> {
        let mut paths = BTreeSet::new();
        for machine in &self.machines {
            paths.extend(self.said(machine).filter_map(|(path, value)| value.map(|_| path)));
        }
        paths.into_iter().collect()
    }

    /// Everything that is said of a machine; no value where it is not known.
    fn said<'a>(
        &'a self,
        machine: &'a super::Machine,
    ) -> impl Iterator<Item = (Vec<String>, Option<Plain>)> + 'a {
        let mut accounts = self.accounts(machine);
        if !accounts.iter().any(|it| it.path == ALSO) {
            accounts.extend(self.accounts_at(machine, &ALSO));
        }
        accounts.into_iter().map(|account| {
            let value = value(&account);
            (account.path, value)
        })
    }

    /// Holds what is known without Nix against what Nix says.
    pub fn verify(&self, facts: &Facts) -> Verification {
        let mut verification = Verification::default();
        self.verify_names(facts, &mut verification);
        if let Some(description) = self.description() {
            let nix = facts.description.as_ref().map_or(Json::Null, |it| Json::from(it.as_str()));
            let why = (nix.as_str() != Some(description)).then(|| "it is another one".to_owned());
            verification.note(None, "network.description", why, || format!("{description:?}"), &nix);
        }
        for machine in &self.machines {
            let name = machine.name.as_str();
            let nix = facts.machines.get(name);
            for (path, ours) in self.said(machine) {
                let (Some(ours), nix) = (ours, nix) else {
                    verification.unknown += 1;
                    continue;
                };
                let Some(nix) = nix else {
                    verification.not_evaluated += 1;
                    continue;
                };
                let is_secret = path.get(1).is_some_and(|it| SECRET.contains(&it.as_str()));
                let nix = nix.get(&path).unwrap_or(&Json::Null);
                // Such as a value of the wrong type, which its check reports.
                if fails(nix) {
                    verification.not_evaluated += 1;
                    continue;
                }
                let whole = is_secret && path.len() == 2;
                let why = difference(&ours, nix, whole, is_secret);
                let written = || if is_secret { "a secret".to_owned() } else { ours.written() };
                let shown = if is_secret { &Json::Null } else { nix };
                verification.note(Some(name), &path.join("."), why, written, shown);
            }
        }
        verification
    }

    fn verify_names(&self, facts: &Facts, verification: &mut Verification) {
        let ours: BTreeSet<&str> = self.machines.iter().map(|it| it.name.as_str()).collect();
        let theirs: BTreeSet<&str> = facts.names.iter().map(String::as_str).collect();
        for name in &ours {
            let why = (!theirs.contains(name)).then(|| "Nix has no such machine".to_owned());
            verification.note(Some(name), "the machine", why, || format!("{name:?}"), &Json::Null);
        }
        if self.is_complete() {
            for name in theirs.difference(&ours) {
                let why = Some("nixwright does not say that there is such a machine".to_owned());
                verification.note(
                    Some(name),
                    "the machine",
                    why,
                    || "nothing".to_owned(),
                    &Json::from(*name),
                );
            }
        }
    }
}

impl Verification {
    fn note(
        &mut self,
        machine: Option<&str>,
        what: &str,
        why: Option<String>,
        ours: impl Fn() -> String,
        nix: &Json,
    ) {
        self.compared += 1;
        let Some(why) = why else {
            self.agreed += 1;
            return;
        };
        let machine = machine.map(str::to_owned);
        let what = what.to_owned();
        self.differences.push(Difference { machine, what, why, ours: ours(), nix: nix.to_string() });
    }
}

/// What is said of an option: nothing where it is not known.
fn value(account: &Account<'_>) -> Option<Plain> {
    match &account.setting {
        Setting::Unknown(_) => None,
        Setting::Known(_) => account.value(),
        Setting::Unset => account.default.clone(),
    }
}

/// Whether Nix fails at the value or at a part of it.
fn fails(nix: &Json) -> bool {
    match nix {
        Json::String(word) => word == FAILS,
        Json::Array(elements) => elements.iter().any(fails),
        Json::Object(attributes) => attributes.values().any(fails),
        _ => false,
    }
}

/// Where ours is not what Nix says. Nix fills in the defaults of options inside of a value; `whole` says that ours must
/// name all attributes all the same, because they are the user's own.
fn difference(ours: &Plain, nix: &Json, whole: bool, secret: bool) -> Option<String> {
    let same = match (&ours.kind, nix) {
        (PlainKind::Unknown(_) | PlainKind::Failed, _) => true,
        (PlainKind::Set(entries), Json::Object(attributes)) => {
            let lacking =
                attributes.keys().find(|name| whole && entries.iter().all(|it| it.name.as_ref() != *name));
            if let Some(name) = lacking {
                return Some(format!("`{name}` is in Nix's value alone"));
            }
            return entries.iter().find_map(|entry| {
                let name = &entry.name;
                match attributes.get(name.as_ref()) {
                    None => Some(format!("`{name}` is not in Nix's value")),
                    Some(nix) => {
                        difference(&entry.value, nix, false, secret).map(|why| format!("in `{name}`: {why}"))
                    }
                }
            });
        }
        // A key may be given as its text alone.
        (PlainKind::String(text), Json::Object(attributes)) if secret => {
            attributes.get("text").and_then(Json::as_str) == Some(text.as_ref())
        }
        (PlainKind::Set(_), Json::String(word)) => word == PACKAGE,
        (PlainKind::List(items), Json::Array(elements)) => {
            // Of a list that is not known to the end there may be more, and what is known need not be side by side.
            if let Some((Plain { kind: PlainKind::Unknown(_), .. }, certain)) = items.split_last() {
                let mut rest = elements.iter();
                let lacking = certain
                    .iter()
                    .find(|item| !rest.any(|element| difference(item, element, false, secret).is_none()))?;
                return Some(match secret {
                    true => "an element is not in Nix's value".to_owned(),
                    false => format!("{} is not in Nix's value, or not in its place", lacking.shown()),
                });
            }
            if items.len() != elements.len() {
                return Some(format!("it has {} elements, and not {}", elements.len(), items.len()));
            }
            let pairs = items.iter().zip(elements).enumerate();
            return pairs.into_iter().find_map(|(at, (item, element))| {
                difference(item, element, false, secret).map(|why| format!("in element {at}: {why}"))
            });
        }
        (PlainKind::String(text) | PlainKind::Path(text), Json::String(other)) => text.as_ref() == other,
        (PlainKind::Function, Json::String(word)) => word == FUNCTION,
        (PlainKind::Null, Json::Null) => true,
        (PlainKind::Bool(it), Json::Bool(other)) => it == other,
        (PlainKind::Int(it), Json::Number(other)) => other.as_i64() == Some(*it),
        (PlainKind::Float(it), Json::Number(other)) => other.as_f64() == Some(*it),
        _ => false,
    };
    (!same).then(|| match (ours.as_set().is_some(), secret) {
        (_, true) => "it is another one".to_owned(),
        _ => format!("nixwright says {}, Nix says {nix}", ours.shown()),
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::network::Request;
    use crate::system::OverlayFiles;

    /// Loads a network of one file and compares it with what Nix says of its machine `web`.
    fn verified(text: &str, nix: &[(&str, Json)]) -> Verification {
        let mut files = OverlayFiles::alone();
        files.put("/network.nix", text);
        let network =
            Network::load(&Request::new(Arc::new(files), vec![PathBuf::from("/network.nix")])).unwrap();
        // What is not asked about here is as it should be.
        let mut values: BTreeMap<Vec<String>, Json> = BTreeMap::new();
        for (path, value) in network.machines.iter().flat_map(|it| network.said(it)) {
            values.insert(path, value.as_ref().map_or(Json::Null, as_json));
        }
        for (path, value) in nix {
            values.insert(path.split('.').map(str::to_owned).collect(), value.clone());
        }
        let facts = Facts {
            names: vec!["web".to_owned()],
            description: None,
            machines: BTreeMap::from([("web".to_owned(), values)]),
        };
        network.verify(&facts)
    }

    fn as_json(plain: &Plain) -> Json {
        match &plain.kind {
            PlainKind::Bool(it) => json!(it),
            PlainKind::Int(it) => json!(it),
            PlainKind::Float(it) => json!(it),
            PlainKind::String(it) | PlainKind::Path(it) => json!(it.as_ref()),
            PlainKind::List(items) => items.iter().map(as_json).collect(),
            PlainKind::Set(entries) => {
                Json::Object(entries.iter().map(|it| (it.name.to_string(), as_json(&it.value))).collect())
            }
            _ => Json::Null,
        }
    }

    #[test]
    fn a_value_that_is_not_nixs_is_a_difference_with_both_values() {
        let text =
            "{ web = { pkgs, ... }: { deployment.targetHost = \"10.0.0.1\"; deployment.owners = pkgs.x; }; }";
        let right = verified(text, &[]);
        assert_eq!((right.differences, right.unknown), (Vec::new(), 2));
        assert!(right.compared > 15 && right.compared == right.agreed);

        let wrong = verified(text, &[("deployment.targetHost", json!("10.0.0.2"))]);
        assert_eq!(wrong.compared, wrong.agreed + 1);
        let [it] = wrong.differences.as_slice() else { panic!("{:?}", wrong.differences) };
        assert_eq!((it.machine.as_deref(), it.what.as_str()), (Some("web"), "deployment.targetHost"));
        assert_eq!((it.ours.as_str(), it.nix.as_str()), ("\"10.0.0.1\"", "\"10.0.0.2\""));
    }

    #[test]
    fn of_a_list_that_is_partly_known_there_may_be_more_or_less() {
        let text = r#"{ web = { lib, config, ... }: {
          deployment.tags = builtins.filter (it: it != "b" || config.services.nginx.enable) [ "a" "b" "c" ];
        }; }"#;
        for nix in [json!(["a", "b", "c"]), json!(["a", "c"])] {
            assert_eq!(verified(text, &[("deployment.tags", nix)]).differences, []);
        }
        for nix in [json!(["a"]), json!(["c", "a"]), json!([])] {
            assert_eq!(verified(text, &[("deployment.tags", nix)]).differences.len(), 1);
        }
    }

    #[test]
    fn what_a_submodule_adds_is_no_difference_and_secrets_are_not_printed() {
        let text = "{ web.deployment.keys.token = \"s3cret\"; }";
        let added = json!({ "token": { "text": "s3cret", "user": "root" } });
        assert_eq!(verified(text, &[("deployment.keys", added)]).differences, []);
        for nix in [
            json!({ "token": { "text": "0ther" } }),
            json!({ "token": { "text": "s3cret" }, "more": { } }),
            json!({}),
        ] {
            let wrong = verified(text, &[("deployment.keys", nix)]);
            assert_eq!(wrong.differences.len(), 1);
            let said = format!("{:?}", wrong.differences);
            assert!(!said.contains("s3cret") && !said.contains("0ther"), "{said}");
        }
    }

    #[test]
    fn machines_must_be_the_same() {
        let mut files = OverlayFiles::alone();
        files.put("/network.nix", "{ web = { }; db = { }; }");
        let network =
            Network::load(&Request::new(Arc::new(files), vec![PathBuf::from("/network.nix")])).unwrap();
        let names = ["cache", "web"].map(str::to_owned).to_vec();
        let verification = network.verify(&Facts { names, ..Facts::default() });
        let machines: Vec<_> = verification.differences.iter().map(|it| it.machine.as_deref()).collect();
        assert_eq!(machines, [Some("db"), Some("cache")]);
        assert!(verification.not_evaluated > 0);
    }
}
