//! Builtins that hash, and that write a hash in another way.

use super::{Builtin, builtin};
use crate::eval::budget::HASHED_IN_A_STEP;
use crate::eval::store::hash::{Algorithm, Format, Hash};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("convertHash", 1, convert_hash),
    builtin("hashFile", 2, hash_file),
    builtin("hashString", 2, hash_string),
];

fn algorithm(this: &mut Evaluator, value: Value) -> Evaluated<Algorithm> {
    let name = this.want_text(value)?;
    match Algorithm::named(&name) {
        Some(algorithm) => Ok(algorithm),
        // An experiment of newer versions.
        None if name == "blake3" => this.unknown_here(Reason::Builtin("hashString \"blake3\"".to_owned())),
        None => this.fail(ErrorKind::Invalid, None, format!("unknown hash algorithm `{name}`")),
    }
}

fn hash_string(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let algorithm = algorithm(this, args[0])?;
    let id = this.want_string(args[1])?;
    this.pay(this.heap.bytes(id).len() / HASHED_IN_A_STEP)?;
    let hash = algorithm.of(this.heap.bytes(id));
    Ok(this.text_value(hash.base16()))
}

fn hash_file(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let algorithm = algorithm(this, args[0])?;
    let path = this.want_path(args[1])?;
    let path = this.original(path);
    let hash = this.content_hash(&path, algorithm)?;
    Ok(this.text_value(hash.base16()))
}

fn convert_hash(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let given = this.want_attrs(args[0])?;
    let name = |this: &mut Evaluator, name: &str| this.symbols.intern(name);
    let key = name(this, "hash");
    let text = this.select_name(Value::Attrs(given), key, None)?;
    let text = this.want_text(text)?;
    let key = name(this, "hashAlgo");
    let wanted = match (this.heap.find(given, key), this.heap.open(given)) {
        (Some(attr), _) => Some(algorithm(this, attr.value)?),
        (None, Some(open)) => return Err(crate::value::Stop::Unknown(open)),
        (None, None) => None,
    };
    let key = name(this, "toHashFormat");
    let format = this.select_name(Value::Attrs(given), key, None)?;
    let format = this.want_text(format)?;
    let format = match format.as_str() {
        "base16" => Format::Base16,
        "base32" | "nix32" => Format::Base32,
        "base64" => Format::Base64,
        "sri" => Format::Sri,
        other => {
            let message = format!(
                "there is no hash format `{other}`; it is one of `base16`, `nix32`, `base64` and `sri`"
            );
            return this.fail(ErrorKind::Invalid, None, message);
        }
    };
    match Hash::parse(&text, wanted) {
        Ok(hash) => Ok(this.text_value(hash.written(format))),
        Err(_) if text.starts_with("blake3") => {
            this.unknown_here(Reason::Builtin("convertHash of `blake3`".to_owned()))
        }
        Err(message) => this.fail(ErrorKind::Invalid, None, message),
    }
}
