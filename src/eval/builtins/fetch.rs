//! Builtins that would fetch, or look at the world around: unknown, with the reason. A fetched nixpkgs is recognised.

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{Like, Reason, Stop, Unknown, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("exec", 1, |this, _| impure(this, "builtins.exec")),
    builtin("fetchClosure", 1, fetch),
    builtin("fetchGit", 1, fetch),
    builtin("fetchMercurial", 1, fetch),
    builtin("fetchTarball", 1, fetch),
    builtin("fetchTree", 1, fetch),
    builtin("fetchurl", 1, fetch),
    builtin("flakeRefToString", 1, |this, _| not_evaluated(this, "flakeRefToString")),
    builtin("getEnv", 1, get_env),
    builtin("getFlake", 1, fetch),
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
        None => impure(this, &format!("builtins.getEnv \"{name}\"")),
    }
}

/// What would be fetched, as far as it is known.
fn fetched(this: &mut Evaluator, value: Value) -> Evaluated<String> {
    match this.force(value)? {
        Value::String(id) => Ok(this.text(id)),
        Value::Attrs(set) => {
            for name in ["url", "repo", "name"] {
                let name = this.symbols.intern(name);
                if let Some(attr) = this.heap.find(set, name)
                    && let Ok(Value::String(id)) = this.force(attr.value)
                {
                    return Ok(this.text(id));
                }
            }
            Ok("a source".to_owned())
        }
        _ => Ok("a source".to_owned()),
    }
}

fn fetch(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let what = fetched(this, args[0])?;
    let nixpkgs = what.contains("nixpkgs")
        || what.contains("releases.nixos.org")
        || what.contains("nixos.org/channels");
    let like = if nixpkgs { Like::NixpkgsPath(String::new()) } else { Like::Anything };
    let span = Some(this.here());
    Err(Stop::Unknown(this.intern_unknown(Unknown {
        reason: Reason::Fetch(what),
        span,
        because: None,
        like,
    })))
}
