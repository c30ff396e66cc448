//! `flake.lock`, versions 5 to 7: which input of which flake is what. Reads text only; what the nodes are worth is
//! said elsewhere.

use std::path::PathBuf;

use super::reference::Reference;

/// A lock file.
#[derive(Debug, Default)]
pub(super) struct Lock {
    pub(super) nodes: Vec<Node>,
    pub(super) root: usize,
    /// The folder of the flake that has the lock file.
    pub(super) folder: PathBuf,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    name: String,
    pub(super) inputs: Vec<(String, Target)>,
    /// Whether it is a flake, and not just files.
    pub(super) flake: bool,
    pub(super) locked: Option<Locked>,
    /// What `flake.nix` said when the lock was written.
    pub(super) original: Option<Reference>,
    /// The inputs that lead to the flake that a relative path starts from.
    pub(super) parent: Vec<String>,
}

/// What an input of a node is.
#[derive(Debug)]
pub(super) enum Target {
    Node(String),
    /// Names of inputs, from the root.
    Follows(Vec<String>),
}

/// What is certain about a locked input.
#[derive(Clone, Debug, Default)]
pub(super) struct Locked {
    pub(super) reference: Reference,
    pub(super) nar_hash: Option<String>,
    pub(super) last_modified: Option<i64>,
    pub(super) rev_count: Option<i64>,
}

/// Following inputs that follow others ends here: a circle has no end.
const LONGEST_WAY: usize = 64;

impl Lock {
    /// A flake without a lock file.
    pub(super) fn none(folder: PathBuf) -> Lock {
        Lock { nodes: vec![Node { flake: true, ..Node::default() }], root: 0, folder }
    }

    /// Reads the text of a lock file. `Ok(None)` is a version that we do not know.
    pub(super) fn of_text(text: &str, folder: PathBuf) -> Result<Option<Lock>, String> {
        let json: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if !matches!(json["version"].as_i64(), Some(5..=7)) {
            return Ok(None);
        }
        let (Some(nodes), Some(root)) = (json["nodes"].as_object(), json["root"].as_str()) else {
            return Err("it has no nodes".to_owned());
        };
        let nodes: Vec<Node> = nodes.iter().map(|(name, json)| Node::of_json(name, json)).collect();
        match nodes.iter().position(|it| it.name == root) {
            Some(root) => Ok(Some(Lock { nodes, root, folder })),
            None => Err(format!("it has no node `{root}`")),
        }
    }

    /// The node that is an input of another one. `None` if the lock does not say.
    pub(super) fn input(&self, node: usize, name: &str) -> Option<usize> {
        self.resolve(node, name, LONGEST_WAY)
    }

    fn resolve(&self, node: usize, name: &str, budget: usize) -> Option<usize> {
        let budget = budget.checked_sub(1)?;
        let (_, target) = self.nodes.get(node)?.inputs.iter().find(|(it, _)| it == name)?;
        match target {
            Target::Node(name) => self.nodes.iter().position(|it| it.name == *name),
            Target::Follows(path) => {
                path.iter().try_fold(self.root, |node, name| self.resolve(node, name, budget))
            }
        }
    }

    /// The node at the end of a path of inputs from the root.
    pub(super) fn at(&self, path: &[String]) -> Option<usize> {
        path.iter().try_fold(self.root, |node, name| self.input(node, name))
    }
}

impl Node {
    fn of_json(name: &str, json: &serde_json::Value) -> Node {
        let inputs = json["inputs"].as_object().into_iter().flatten().filter_map(|(name, target)| {
            let target = match target {
                serde_json::Value::String(node) => Target::Node(node.clone()),
                serde_json::Value::Array(path) => Target::Follows(names(path)),
                _ => return None,
            };
            Some((name.clone(), target))
        });
        let text = |json: &serde_json::Value| {
            let json = json.as_object()?.clone();
            Some(Reference::of_attributes(|name| json.get(name)?.as_str().map(str::to_owned)))
        };
        let locked = &json["locked"];
        Node {
            name: name.to_owned(),
            inputs: inputs.collect(),
            flake: json["flake"].as_bool().unwrap_or(true),
            locked: text(locked).map(|reference| Locked {
                reference,
                nar_hash: locked["narHash"].as_str().map(str::to_owned),
                last_modified: locked["lastModified"].as_i64(),
                rev_count: locked["revCount"].as_i64(),
            }),
            original: text(&json["original"]),
            parent: json["parent"].as_array().map(|it| names(it)).unwrap_or_default(),
        }
    }
}

fn names(path: &[serde_json::Value]) -> Vec<String> {
    path.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{ "version": 7, "root": "root", "nodes": {
        "root": { "inputs": { "a": "a_2", "b": [ "a", "b" ], "c": [ "c" ] } },
        "a_2": { "inputs": { "b": "b", "d": [ "b" ] }, "locked": { "type": "path", "path": "./a" } },
        "b": { "flake": false, "locked": { "type": "github", "owner": "o", "repo": "r", "narHash": "sha256-x" } }
    } }"#;

    #[test]
    fn inputs_are_followed_and_circles_end() {
        let lock = Lock::of_text(TEXT, PathBuf::new()).unwrap().unwrap();
        let name = |at: Option<usize>| at.map(|at| lock.nodes[at].name.clone());
        let a = lock.input(lock.root, "a").unwrap();
        assert_eq!(name(Some(a)).as_deref(), Some("a_2"));
        assert_eq!(name(lock.input(lock.root, "b")).as_deref(), Some("b"));
        assert_eq!(name(lock.input(a, "d")).as_deref(), Some("b"));
        assert_eq!(lock.input(lock.root, "c"), None);
        assert!(!lock.nodes[lock.input(a, "b").unwrap()].flake);
    }

    #[test]
    fn what_is_no_lock_is_said() {
        assert!(Lock::of_text("{", PathBuf::new()).is_err());
        assert!(Lock::of_text(r#"{ "version": 7, "root": "r", "nodes": { } }"#, PathBuf::new()).is_err());
        assert!(Lock::of_text(r#"{ "version": 99 }"#, PathBuf::new()).unwrap().is_none());
    }
}
