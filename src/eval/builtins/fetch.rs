//! Builtins that would fetch, or look at the world around: unknown, with the reason. A fetched nixpkgs is recognised.

use super::{Builtin, builtin};
use crate::eval::flakes::Reference;
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Like, Project, Reason, Stop, Unknown, UnknownId, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("exec", 1, |this, _| impure(this, "builtins.exec")),
    builtin("fetchClosure", 1, fetch_path),
    builtin("fetchGit", 1, fetch_set),
    builtin("fetchMercurial", 1, fetch_set),
    builtin("fetchTarball", 1, fetch_path),
    builtin("fetchTree", 1, fetch_set),
    builtin("fetchurl", 1, fetch_path),
    builtin("flakeRefToString", 1, |this, _| not_evaluated(this, "flakeRefToString")),
    builtin("getEnv", 1, get_env),
    builtin("getFlake", 1, get_flake),
    builtin("importNative", 2, |this, _| impure(this, "builtins.importNative")),
    builtin("parseFlakeRef", 1, |this, _| not_evaluated(this, "parseFlakeRef")),
    builtin("storePath", 1, |this, _| this.unknown_here(Reason::StorePath("a path".to_owned()))),
];

fn impure(this: &mut Evaluator, what: &str) -> Evaluated {
    this.unknown_here(Reason::Impure(what.to_owned()))
}

fn not_evaluated(this: &mut Evaluator, name: &str) -> Evaluated {
    this.unknown_here(Reason::Builtin(name.to_owned()))
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
        (None, None) => Reference::default(),
    };
    reference.rev = get("rev").or(reference.rev);
    let shown = ["url", "repo", "name"].into_iter().find_map(get);
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
    let (reference, why) = fetched(this, args[0])?;
    let mut attrs = vec![("outPath", Value::Unknown(why))];
    if let Some(rev) = &reference.rev {
        let short: String = rev.chars().take(7).collect();
        attrs.push(("rev", this.make_string(rev)));
        attrs.push(("shortRev", this.make_string(&short)));
    }
    let open = this.add_unknown(this.unknown(why).reason.clone(), Some(this.here()));
    Ok(this.make_open_attrs(attrs, Some(open)))
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
