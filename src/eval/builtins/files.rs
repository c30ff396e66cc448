//! Builtins that read files: inside of the allowed roots, each question recorded.

use std::path::{Path, PathBuf};

use super::toml::from_toml;
use super::{Builtin, builtin};
use crate::eval::files::{Access, under_prefix};
use crate::eval::heap::handle;
use crate::eval::store::paths::STORE;
use crate::eval::{Evaluated, Evaluator, TOP};
use crate::system::FileKind;
use crate::value::{ErrorKind, Like, Reason, Stop, UnknownId, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("findFile", 2, find_file),
    builtin("fromJSON", 1, from_json),
    builtin("fromTOML", 1, from_toml),
    builtin("import", 1, import),
    builtin("pathExists", 1, path_exists),
    builtin("readDir", 1, read_dir),
    builtin("readFile", 1, read_file),
    builtin("readFileType", 1, read_file_type),
    builtin("scopedImport", 2, scoped_import),
    builtin("toJSON", 1, to_json),
    builtin("toPath", 1, to_path),
    builtin("toXML", 1, to_xml),
];

fn from_json(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_text(args[0])?;
    this.from_json(&text)
}

fn to_json(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (text, context) = this.json_in_context(args[0])?;
    let id = this.heap.string(text);
    Ok(Value::String(this.heap.in_context(id, context)))
}

fn to_xml(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let (text, context) = this.xml_in_context(args[0])?;
    let id = this.heap.string(text);
    Ok(Value::String(this.heap.in_context(id, context)))
}

fn to_path(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let id = this.coerce(None, args[0], false, false)?;
    let path = this.want_path(Value::String(id))?;
    let context = this.heap.contexts.of(id);
    let path = this.heap.string(path.to_string_lossy().as_bytes());
    Ok(Value::String(this.heap.in_context(path, context)))
}

fn import(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    match this.want_path(args[0]) {
        Err(Stop::Unknown(why)) => import_unknown(this, why),
        Err(stop) => Err(stop),
        Ok(path) => {
            if Evaluator::embedded(&path.to_string_lossy()).is_some() {
                return this.import_embedded(&path);
            }
            match this.absent_from_store(&path) {
                Some(why) if this.text_in_store(&path).is_none() => import_unknown(this, why),
                _ => this.import(&path),
            }
        }
    }
}

/// A file that is not there may be one that we know.
fn import_unknown(this: &mut Evaluator, why: UnknownId) -> Evaluated {
    match this.unknown(why).like.clone() {
        Like::NixpkgsPath(path) => this.import_nixpkgs(why, &path),
        Like::Project(project) => this.import_project(project, why),
        _ => Err(Stop::Unknown(why)),
    }
}

fn scoped_import(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let scope = this.want_closed(args[0])?;
    let path = this.want_path(args[1])?;
    let path = this.resolve(&path)?;
    let path =
        if this.look(&path, Access::Kind)? == FileKind::Folder { path.join("default.nix") } else { path };
    let text = this.read_text(&path)?;
    // Names differ from call to call, so nothing is shared with other imports of the file.
    let file = this.sources.add(path.clone(), text);
    let attrs = this.heap.attrs(scope).to_vec();
    let names: Vec<_> = attrs.iter().map(|attr| attr.name).collect();
    let env = this.heap.env(TOP, attrs.len());
    for (slot, attr) in attrs.iter().enumerate() {
        this.heap.set_slot(env, handle(slot), attr.value);
    }
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    let value = this.load_in_scope(file, &folder, false, &names, env);
    this.force(value)
}

fn path_exists(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let text = this.want_path_text(args[0])?;
    if !text.starts_with('/') {
        return this.fail(ErrorKind::Invalid, None, format!("the string {text:?} is no absolute path"));
    }
    if Evaluator::embedded(&text).is_some() {
        return Ok(Value::Bool(true));
    }
    let path = this.original(PathBuf::from(crate::eval::paths::canonical(&text)));
    if !this.exists(&path)? {
        return Ok(Value::Bool(false));
    }
    // A slash at the end asks for a folder, as in Nix today.
    if (text.ends_with('/') || text.ends_with("/.")) && this.look(&path, Access::Kind)? != FileKind::Folder {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(true))
}

/// What a name in a folder costs, in elements that are copied.
const LISTED: usize = 200;

fn read_dir(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let path = this.want_path(args[0])?;
    let path = this.original(path);
    let path = this.resolve(&path)?;
    if this.look(&path, Access::List)? != FileKind::Folder {
        return this.fail(ErrorKind::File, None, format!("`{}` is no folder", path.display()));
    }
    match this.files.read_folder(&path) {
        Ok(names) => {
            this.record(&path, Access::List, true);
            this.room(names.len().saturating_mul(LISTED), 1)?;
            let mut attrs = Vec::with_capacity(names.len());
            for (name, kind) in names {
                let name = this.symbols.intern(&name);
                let kind = this.text_value(kind.nix_name());
                attrs.push(this.plain(name, kind));
            }
            Ok(this.set_of(attrs))
        }
        Err(error) => this.unknown_here(Reason::Unreadable(path, error.to_string())),
    }
}

fn read_file(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let path = this.want_path(args[0])?;
    if let Some((_, text)) = Evaluator::embedded(&path.to_string_lossy()) {
        return Ok(this.text_value(text));
    }
    let path = this.original(path);
    let text = this.read_text(&path)?;
    if text.contains('\0') {
        let message = format!("the contents of `{}` cannot be a Nix string", path.display());
        return this.fail(ErrorKind::File, None, message);
    }
    // What a file in the store refers to is known to the store only; the text shows whether it may refer to anything.
    if path.starts_with(STORE) && text.contains(STORE) {
        let reason = Reason::StorePath(format!("what `{}` refers to", path.display()));
        return Ok(this.unsure_context(text.as_bytes(), reason));
    }
    Ok(this.text_value(text))
}

fn read_file_type(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let path = this.want_path(args[0])?;
    let path = this.original(path);
    this.allowed(&path)?;
    this.folder_allowed(&path)?;
    match this.files.kind_of_link(&path) {
        Ok(kind) => Ok(this.text_value(kind.nix_name())),
        Err(_) => {
            let message = format!("the file `{}` does not exist", path.display());
            this.fail(ErrorKind::FileNotFound, None, message)
        }
    }
}

fn find_file(this: &mut Evaluator, args: &[Value]) -> Evaluated {
    let list = this.want_list(args[0])?;
    let wanted = this.want_text(args[1])?;
    let names = this.names;
    for at in 0..this.heap.list_len(list) {
        let entry = this.heap.item(list, at);
        let entry = this.want_attrs(entry)?;
        let prefix = match this.heap.find(entry, names.prefix) {
            Some(prefix) => this.want_text(prefix.value)?,
            None => String::new(),
        };
        let Some(rest) = under_prefix(&prefix, &wanted) else { continue };
        let rest = rest.to_owned();
        let folder = this.select_name(Value::Attrs(entry), names.path, None)?;
        let folder = this.want_path_text(folder)?;
        if !folder.starts_with('/') {
            return this.unknown_here(Reason::SearchPath(wanted));
        }
        let candidate = if rest.is_empty() { PathBuf::from(&folder) } else { Path::new(&folder).join(rest) };
        if this.exists(&candidate)? {
            return Ok(this.make_path(&candidate));
        }
    }
    this.fail(ErrorKind::Throw, None, format!("`{wanted}` was not found on the search path"))
}
