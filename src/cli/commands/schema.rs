//! `nixwright schema`: the options of a nixpkgs, for the checks that need to know them.

use std::path::PathBuf;

use crate::cli::options_arg::kept_at;
use crate::cli::{CommandError, ErrorKind, ExitCode, Ui};
use crate::execute::RunError;
use crate::nix::{self, Nix, NixError};
use crate::options::schema::{Schema, revision};
use crate::report::findings::plural;
use crate::system::{Files, System};

/// Write down which options a nixpkgs has
///
/// Asks Nix for the options of NixOS: their names and types, which were renamed or removed, and which ones every machine
/// reads. Nothing is built. `nixwright check` then finds options that do not exist, values of wrong types, conflicts and
/// old names in networks of this nixpkgs; `nixwright explain unknown-option` says more.
///
/// Without `--out`, it is kept in `$XDG_CACHE_HOME/nixwright/schema` under the revision of that nixpkgs, where `check` finds
/// it by itself for networks that pin this revision, or whose search path leads to it.
///
/// Examples: nixwright schema; nixwright schema --nixpkgs ./nixpkgs --out options.json
///
/// Exit codes: 0 written; 2 a folder that is no nixpkgs, or a file that cannot be written; 3 Nix could not evaluate it
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SchemaArgs {
    /// The folder of nixpkgs; without it, the one that `NIX_PATH` names
    #[arg(long, value_name = "PATH")]
    nixpkgs: Option<PathBuf>,

    /// The git revision of that nixpkgs, where its folder does not tell
    #[arg(long, value_name = "REV")]
    revision: Option<String>,

    /// Write this file instead of keeping it where `check` looks
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The kind of machine whose options are asked for
    #[arg(long, value_name = "SYSTEM", default_value = "x86_64-linux")]
    system: String,
}

pub(super) async fn schema(
    system: &System,
    ui: &mut Ui<'_>,
    args: &SchemaArgs,
) -> Result<ExitCode, CommandError> {
    let folder = nixpkgs(system, args)?;
    let places = places(system, args, &folder)?;
    let nix = Nix::find(system).await.map_err(RunError::from)?;
    ui.say("asking Nix for the options of NixOS...");
    let options = tokio::select! {
        options = nix::nixos_options(&nix, &folder, &args.system) => options.map_err(not_told)?,
        _ = tokio::signal::ctrl_c() => return Err(CommandError::new(ErrorKind::Interrupted, "interrupted")),
    };
    let count = Schema::read(options.text.as_bytes()).map_err(CommandError::usage)?.count();
    for path in &places {
        let written = path
            .parent()
            .map_or(Ok(()), |folder| match args.out {
                Some(_) => Ok(()),
                None => system.files.create_private_folder(folder),
            })
            .and_then(|()| system.files.write(path, options.text.as_bytes(), 0o644));
        written
            .map_err(|source| CommandError::usage(Unwritable { path: path.display().to_string(), source }))?;
        ui.say(&format!("wrote {}", path.display()));
    }
    let read = match options.read {
        Some(read) => format!("{read} of them are read in every machine"),
        None => "a bare machine could not be evaluated, so that nobody knows which are read".to_owned(),
    };
    ui.say(&format!("{}; {} were renamed or removed; {read}", plural(count, "option"), options.obsolete));
    Ok(ExitCode::Done)
}

fn nixpkgs(system: &System, args: &SchemaArgs) -> Result<PathBuf, CommandError> {
    let environment = &system.environment;
    let named = args.nixpkgs.clone().or_else(|| {
        let path = environment.get("NIX_PATH")?;
        path.split(':').find_map(|it| it.strip_prefix("nixpkgs=")).map(PathBuf::from)
    });
    let Some(named) = named else {
        return Err(CommandError::usage("it is not said of which nixpkgs")
            .hint("give `--nixpkgs PATH`, or set `NIX_PATH=nixpkgs=PATH`"));
    };
    let path = environment.absolute(&named);
    let path = system.files.canonicalize(&path).unwrap_or(path);
    if system.files.kind(&path.join("nixos/lib/eval-config.nix")).is_err() {
        return Err(CommandError::usage(format!("`{}` is no nixpkgs", named.display()))
            .hint("a nixpkgs has the file `nixos/lib/eval-config.nix`"));
    }
    Ok(path)
}

/// Where it is written to.
fn places(
    system: &System,
    args: &SchemaArgs,
    nixpkgs: &std::path::Path,
) -> Result<Vec<PathBuf>, CommandError> {
    if let Some(out) = &args.out {
        return Ok(vec![system.environment.absolute(out)]);
    }
    let files: &dyn Files = system.files.as_ref();
    let mut names = revision::of_folder(files, nixpkgs);
    names.extend(args.revision.as_deref().map(revision::of_revision));
    let places: Option<Vec<PathBuf>> = names.iter().map(|name| kept_at(system, name)).collect();
    places.ok_or_else(|| {
        CommandError::usage("there is no folder for caches")
            .hint("set `XDG_CACHE_HOME`, or give `--out FILE`")
    })
}

fn not_told(error: NixError) -> CommandError {
    match error {
        NixError::Options { .. } => CommandError::new(ErrorKind::Evaluation, error),
        other => RunError::from(other).into(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not write `{path}`")]
struct Unwritable {
    path: String,
    source: std::io::Error,
}
