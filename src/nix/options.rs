//! The options of NixOS as a nixpkgs has them, asked of Nix without building anything: the schema that checks of options
//! read. Judges nothing.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{Nix, NixError};
use crate::options::schema::VERSION;

const EXPRESSION: &str = include_str!("expression/options.nix");

/// The options of a nixpkgs.
#[derive(Clone, Debug)]
pub struct NixosOptions {
    /// What `nixwright::options::schema::Schema` reads.
    pub text: String,
    /// How many options were renamed or removed.
    pub obsolete: usize,
    /// How many options every machine reads; nothing where a bare machine of this nixpkgs could not be evaluated.
    pub read: Option<usize>,
}

#[derive(Deserialize)]
struct Answer {
    strict: bool,
    once: Vec<String>,
    options: Json,
}

#[derive(Default, Deserialize)]
struct Obsolete {
    refused: bool,
    options: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    path: Vec<String>,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    gone: Option<String>,
}

/// What `reads` says on the way.
const READS: &str = "nixwright reads ";

/// Asks Nix for the options of a nixpkgs. What became of old options, and which ones are read, is left out where this
/// nixpkgs cannot tell.
pub async fn nixos_options(nix: &Nix, nixpkgs: &Path, system: &str) -> Result<NixosOptions, NixError> {
    let (options, obsolete, reads) = tokio::join!(
        ask(nix, nixpkgs, system, "options"),
        ask(nix, nixpkgs, system, "obsolete"),
        ask(nix, nixpkgs, system, "reads"),
    );
    let answer: Answer = read(&options?.0)?;
    let mut options = answer.options.clone();
    let obsolete: Obsolete = match obsolete {
        Ok((text, _)) => read(&text)?,
        Err(NixError::Options { .. }) => Obsolete::default(),
        Err(error) => return Err(error),
    };
    let mut changed = 0;
    for change in &obsolete.options {
        let Some(option) = option(&mut options, change.path.iter().map(String::as_str)) else { continue };
        changed += 1;
        if let Some(message) = &change.gone {
            option.insert("gone".to_owned(), json!(message));
            option.insert("refused".to_owned(), json!(obsolete.refused));
        } else {
            option.insert("to".to_owned(), json!(change.to.join(".")));
        }
    }
    let read = match reads {
        Ok((_, said)) => {
            let paths = said.lines().filter_map(|line| line.split_once(READS)).map(|(_, path)| path);
            for path in paths {
                if let Some(option) = option(&mut options, path.trim().split('/')) {
                    option.insert("r".to_owned(), json!(true));
                }
            }
            Some(count(&options))
        }
        Err(NixError::Options { .. }) => None,
        Err(error) => return Err(error),
    };
    let of = nixpkgs.display().to_string();
    let Answer { strict, once, .. } = answer;
    let schema = json!({ "version": VERSION, "of": of, "strict": strict, "once": once, "options": options });
    Ok(NixosOptions { text: schema.to_string(), obsolete: changed, read })
}

async fn ask(nix: &Nix, nixpkgs: &Path, system: &str, asked: &str) -> Result<(Vec<u8>, String), NixError> {
    let temporary = nix.system.environment.temporary_folder();
    let unwritten = |source| NixError::Files { folder: temporary.display().to_string(), source };
    let folder = tempfile::Builder::new().prefix("nixwright-").tempdir_in(&temporary).map_err(unwritten)?;
    let path = folder.path().join("options.nix");
    nix.system.files.write(&path, EXPRESSION.as_bytes(), 0o600).map_err(unwritten)?;
    let command = nix
        .command("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--argstr", "system", system, "--argstr", "asked", asked])
        .args(["--argstr", "nixpkgs"])
        .arg(nixpkgs.display().to_string())
        .arg(path.display().to_string());
    let output = nix.system.processes.run(&command, None).await?;
    let said = output.stderr_text();
    if !output.ended.success() {
        // What a bare machine reads is of no interest here.
        let message: Vec<&str> = said.lines().filter(|line| !line.contains(READS)).collect();
        let message = message.join("\n").trim().to_owned();
        return Err(NixError::Options { nixpkgs: nixpkgs.display().to_string(), message });
    }
    Ok((output.stdout, said))
}

fn read<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, NixError> {
    serde_json::from_slice(text).map_err(|source| NixError::UnreadableFacts { source })
}

/// The option at a path of the tree.
fn option<'o, 'p>(
    options: &'o mut Json,
    path: impl Iterator<Item = &'p str>,
) -> Option<&'o mut Map<String, Json>> {
    let mut path = path.peekable();
    let mut here = options;
    while let Some(name) = path.next() {
        here = here.get_mut(name)?;
        if path.peek().is_some() {
            here = here.get_mut("s")?;
        }
    }
    here.as_object_mut().filter(|it| it.contains_key("k"))
}

fn count(options: &Json) -> usize {
    let Some(nodes) = options.as_object() else { return 0 };
    nodes.values().map(|node| node.get("s").map_or(usize::from(node.get("r").is_some()), count)).sum()
}
