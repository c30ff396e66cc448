//! Builtins that would fetch, or look at the world around. Nothing is fetched: where a hash was given, the store path is
//! known, and its content only if it is there. A fetched nixpkgs is recognised.

use super::{Builtin, builtin};
use crate::eval::contexts::Element;
use crate::eval::flakes::Reference;
use crate::eval::paths::base_name;
use crate::eval::store::hash::{Algorithm, Format, Hash};
use crate::eval::store::paths::{BadName, Ingestion, check_name, fixed_path};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Like, Project, Reason, Stop, Unknown, UnknownId, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("exec", 1, |this, _| impure(this, "builtins.exec")),
    builtin("fetchClosure", 1, fetch_path),
    builtin("fetchGit", 1, fetch_set),
    builtin("fetchMercurial", 1, fetch_set),
    builtin("fetchTarball", 1, |this, args| fetch_url(this, args[0], "fetchTarball")),
    builtin("fetchTree", 1, fetch_set),
    builtin("fetchurl", 1, |this, args| fetch_url(this, args[0], "fetchurl")),
    builtin("getEnv", 1, get_env),
    builtin("getFlake", 1, get_flake),
    builtin("importNative", 2, |this, _| impure(this, "builtins.importNative")),
];

fn impure(this: &mut Evaluator, what: &str) -> Evaluated {
    this.unknown_here(Reason::Impure(what.to_owned()))
}

fn get_env(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let name = this.want_text(args[0])?;
    match this.settings.environment.get(&name).cloned() {
        Some(value) => Ok(this.text_value(value)),
        None if let Some(pin) = overridden_pin(&name) => {
            // The tools take the folder from the variable; unset, which is the rule, they fetch.
            let plain = |name: &str| name.replace(|it: char| !it.is_ascii_alphanumeric(), "_");
            let given = this.settings.inputs.iter().find(|(it, _)| plain(it) == plain(pin));
            let folder = given.map(|(_, folder)| folder.to_string_lossy().into_owned());
            Ok(this.text_value(folder.unwrap_or_default()))
        }
        None => impure(this, &format!("builtins.getEnv \"{name}\"")),
    }
}

/// The pin that a variable of niv, npins or lon replaces.
fn overridden_pin(variable: &str) -> Option<&str> {
    ["NPINS_OVERRIDE_", "NIV_OVERRIDE_", "LON_OVERRIDE_"].iter().find_map(|it| variable.strip_prefix(it))
}

/// What a fetcher was asked for, as text.
fn asked(this: &mut Evaluator, value: Value) -> Evaluated<Vec<(String, String)>> {
    match this.force(value)? {
        Value::String(id) | Value::Path(id) => Ok(vec![("url".to_owned(), this.text(id))]),
        Value::Attrs(set) => {
            let mut texts = Vec::new();
            for attr in this.heap.attrs(set).to_vec() {
                if let Ok(Value::String(id)) = this.force(attr.value) {
                    texts.push((this.symbols.name(attr.name).to_owned(), this.text(id)));
                }
            }
            Ok(texts)
        }
        other => this.type_error(None, "a string", other),
    }
}

/// What would be fetched, and the unknown that its path in the store is.
fn fetched(this: &mut Evaluator, value: Value) -> Evaluated<(Reference, UnknownId)> {
    let texts = asked(this, value)?;
    let get = |name: &str| texts.iter().find(|(it, _)| it == name).map(|(_, text)| text.clone());
    let mut reference = match (get("type"), get("url")) {
        (Some(_), _) => Reference::of_attributes(get),
        (None, Some(url)) => Reference::of_text(&url),
        // `fetchFromGitHub`
        (None, None) => Reference::of_attributes(get),
    };
    reference.rev = get("rev").or(reference.rev);
    let repository = || Some(format!("{}/{}", get("owner")?, get("repo")?));
    let shown = repository().or_else(|| ["url", "repo", "name"].into_iter().find_map(get));
    let like = match reference.project() {
        Some(Project::Nixpkgs) => Like::NixpkgsPath(String::new()),
        Some(project) => Like::Project(project),
        None => Like::Anything,
    };
    let reason = Reason::Fetch(shown.unwrap_or_else(|| "a source".to_owned()));
    let span = Some(this.here());
    Ok((reference, this.intern_unknown(Unknown { reason, span, because: None, like })))
}

/// Fetchers that give a path.
fn fetch_path(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (_, why) = fetched(this, args[0])?;
    Err(Stop::Unknown(why))
}

/// Fetchers that give a set with a path: the revision is known where it was asked for.
fn fetch_set(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    refuse_wrong_tree(this, args[0])?;
    let (reference, why) = fetched(this, args[0])?;
    let mut attrs = match pinned(this, args[0], why)? {
        Some([path, hash]) => vec![("outPath", path), ("narHash", hash)],
        None => vec![("outPath", Value::Unknown(why))],
    };
    if let Some(rev) = &reference.rev {
        let short: String = rev.chars().take(7).collect();
        attrs.push(("rev", this.make_string(rev)));
        attrs.push(("shortRev", this.make_string(&short)));
    }
    let open = this.add_unknown(this.unknown(why).reason.clone(), Some(this.here()));
    Ok(this.make_open_attrs(attrs, Some(open)))
}

/// Fetchers of nixpkgs that give the files of a repository.
const PKGS_FETCHERS: [&str; 5] = ["fetchFromGitHub", "fetchFromGitLab", "fetchgit", "fetchurl", "fetchzip"];

impl Evaluator {
    /// A fetcher of `pkgs` gives a derivation, whose path is recognised like that of a builtin fetcher.
    pub(in crate::eval) fn fetchers_of_pkgs(&mut self) -> Vec<(&'static str, Value)> {
        PKGS_FETCHERS
            .into_iter()
            .map(|name| {
                let fetcher = self.make_native(name, move |this, given| {
                    // New ones also take a function of the result.
                    let path = match this.force(given)? {
                        given @ Value::Attrs(_) => Value::Unknown(fetched(this, given)?.1),
                        _ => this.make_unknown(Reason::Fetch("a source".to_owned()), None),
                    };
                    let kind = this.make_string("derivation");
                    let open = this.add_unknown(Reason::NeedsNixpkgs(format!("pkgs.{name}")), None);
                    Ok(this.make_open_attrs([("outPath", path), ("type", kind)], Some(open)))
                });
                (name, fetcher)
            })
            .collect()
    }
}

fn get_flake(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = match this.force(args[0]) {
        Err(Stop::Unknown(_)) | Ok(Value::Path(_)) => {
            let folder = this.want_path(args[0])?;
            return this.flake(&folder);
        }
        other => other?,
    };
    let texts = asked(this, given)?;
    let get = |name: &str| texts.iter().find(|(it, _)| it == name).map(|(_, text)| text.clone());
    let reference = match (given, get("url")) {
        (Value::String(_), Some(text)) => Reference::of_text(&text),
        _ => Reference::of_attributes(get),
    };
    match reference.path.clone() {
        Some(path) if path.is_absolute() && reference.rev.is_none() && reference.branch.is_none() => {
            this.flake_at(&reference, &path)
        }
        _ => this.flake_elsewhere(reference),
    }
}

/// A path that would be downloaded: its name follows from the hash that the content must have.
pub(in crate::eval) fn promised(
    this: &mut Evaluator,
    ingestion: Ingestion,
    hash: &Hash,
    name: &str,
    why: UnknownId,
) -> Value {
    let path = fixed_path(ingestion, hash, name);
    this.add_source(&path);
    let sym = this.add_fetched(&path, why);
    Value::String(this.store_string(path, vec![Element::Path(sym)]))
}

fn fetch_url(this: &mut Evaluator, argument: Value, builtin: &str) -> Evaluated {
    let (mut url, mut name, mut hash) = (None, None, None);
    match this.force(argument)? {
        Value::Attrs(given) => {
            for attr in this.by_name(given) {
                match &*this.symbols.shared(attr.name) {
                    "url" => url = Some(this.want_text(attr.value)?),
                    "name" => name = Some(this.want_text(attr.value)?),
                    "sha256" => {
                        let text = this.want_text(attr.value)?;
                        hash = Some(this.wanted_hash(&text, Algorithm::Sha256)?);
                    }
                    other => {
                        let message = format!("`{builtin}` takes no argument `{other}`");
                        return this.fail(ErrorKind::UnexpectedArgument, None, message);
                    }
                }
            }
            if let Some(open) = this.heap.open(given) {
                return Err(Stop::Unknown(open));
            }
        }
        other => url = Some(this.want_text(other)?),
    }
    let Some(url) = url else {
        let message = format!("`{builtin}` needs the argument `url`");
        return this.fail(ErrorKind::MissingArgument, None, message);
    };
    let unpack = builtin == "fetchTarball";
    let name = match name {
        Some(name) => name,
        None if unpack => "source".to_owned(),
        // What a channel stands for is a file of its own name.
        None if url.starts_with("channel:") => "nixexprs.tar.xz".to_owned(),
        None => base_name(&url).to_owned(),
    };
    if let Err(BadName::Wrong(message)) = check_name(&name) {
        return this.fail(ErrorKind::Invalid, None, format!("`{url}` cannot be fetched: {message}"));
    }
    this.checked_name(&name)?;
    let (_, why) = fetched(this, argument)?;
    match hash {
        Some(hash) => {
            let ingestion = if unpack { Ingestion::Recursive } else { Ingestion::Flat };
            Ok(promised(this, ingestion, &hash, &name, why))
        }
        None => Err(Stop::Unknown(why)),
    }
}

/// What no version of Nix fetches.
fn refuse_wrong_tree(this: &mut Evaluator, argument: Value) -> Evaluated<()> {
    match this.force(argument)? {
        Value::Attrs(given) => {
            for attr in this.by_name(given) {
                if let Ok(Value::Int(int)) = this.force(attr.value)
                    && int < 0
                {
                    let name = this.symbols.name(attr.name);
                    let message = format!("the argument `{name}` must not be negative, as {int} is");
                    return this.fail(ErrorKind::Invalid, None, message);
                }
            }
        }
        Value::String(id) => {
            let url = this.text(id);
            for scheme in ["file:", "tarball+file:", "file+file:"] {
                if url.strip_prefix(scheme).is_some_and(|rest| rest.starts_with('.')) {
                    let message = format!("`{url}` cannot be fetched: its path is not absolute");
                    return this.fail(ErrorKind::Invalid, None, message);
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The path and the hash of what is pinned by the hash of its content.
fn pinned(this: &mut Evaluator, argument: Value, why: UnknownId) -> Evaluated<Option<[Value; 2]>> {
    let Value::Attrs(given) = this.force(argument)? else { return Ok(None) };
    let text = |this: &mut Evaluator, name: &str| {
        let name = this.symbols.intern(name);
        match (this.heap.find(given, name), this.heap.open(given)) {
            (Some(attr), _) => this.want_text(attr.value).map(Some),
            (None, Some(open)) => Err(Stop::Unknown(open)),
            (None, None) => Ok(None),
        }
    };
    let (Ok(Some(hash)), Ok(name)) = (text(this, "narHash"), text(this, "name")) else { return Ok(None) };
    let Ok(hash) = Hash::parse(&hash, Some(Algorithm::Sha256)) else { return Ok(None) };
    let name = name.unwrap_or_else(|| "source".to_owned());
    this.checked_name(&name)?;
    let path = promised(this, Ingestion::Recursive, &hash, &name, why);
    Ok(Some([path, this.make_string(&hash.written(Format::Sri))]))
}
