//! Builtins that hash.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ErrorKind, Reason, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("convertHash", 1, |this, _| this.unknown_here(Reason::Builtin("convertHash".to_owned()))),
    builtin("hashFile", 2, hash_file),
    builtin("hashString", 2, hash_string),
];

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn digest(this: &mut Evaluator, algorithm: &str, bytes: &[u8]) -> Evaluated {
    let text = match algorithm {
        "md5" => hex(&Md5::digest(bytes)),
        "sha1" => hex(&Sha1::digest(bytes)),
        "sha256" => hex(&Sha256::digest(bytes)),
        "sha512" => hex(&Sha512::digest(bytes)),
        "blake3" => return this.unknown_here(Reason::Builtin("hashString \"blake3\"".to_owned())),
        other => return this.fail(ErrorKind::Invalid, None, format!("unknown hash algorithm `{other}`")),
    };
    Ok(this.text_value(text))
}

fn hash_string(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let algorithm = this.want_text(args[0])?;
    let id = this.want_string(args[1])?;
    let bytes = this.heap.bytes(id).to_vec();
    digest(this, &algorithm, &bytes)
}

fn hash_file(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let algorithm = this.want_text(args[0])?;
    let path = this.want_path(args[1])?;
    let bytes = this.read_bytes(&path)?;
    digest(this, &algorithm, &bytes)
}
