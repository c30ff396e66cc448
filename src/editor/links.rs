//! Paths in a file that lead to other files. Asks the network's files what is there.

use std::path::{Component, Path, PathBuf};

use super::View;
use crate::syntax::{Expr, ExprId};
use crate::system::FileKind;
use crate::text::Span;

/// A path as written, and the file that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    pub at: Span,
    pub target: PathBuf,
}

/// Every path in the file that leads to a file.
pub fn links(view: &View<'_>) -> Vec<DocumentLink> {
    let module = &view.parsed.module;
    let mut found = Vec::new();
    for (number, expr) in module.exprs.iter().enumerate() {
        if let Expr::Path(sym) = expr
            && let Ok(number) = u32::try_from(number)
            && let Some(target) = target(view, module.symbols.name(*sym))
        {
            found.push(DocumentLink { at: view.span(module.span(ExprId(number))), target });
        }
    }
    found.sort_by_key(|it| it.at);
    found.dedup();
    found
}

/// The file that the path at a place names.
pub(super) fn link_at(view: &View<'_>, offset: u32) -> Option<PathBuf> {
    let module = &view.parsed.module;
    let written = module.exprs.iter().zip(&module.spans).find_map(|(expr, at)| match expr {
        Expr::Path(sym) if at.0 <= offset && offset <= at.1 => Some(*sym),
        _ => None,
    })?;
    target(view, module.symbols.name(written))
}

/// What a path names: a file, or the `default.nix` of a folder.
fn target(view: &View<'_>, written: &str) -> Option<PathBuf> {
    let folder = view.path.parent().unwrap_or(Path::new("/"));
    let path = tidy(&folder.join(written));
    match view.request.files.kind(&path).ok()? {
        FileKind::Folder => {
            let path = path.join("default.nix");
            view.request.files.kind(&path).ok().filter(|it| *it == FileKind::Regular).map(|_| path)
        }
        FileKind::Regular => Some(path),
        FileKind::Symlink | FileKind::Other => None,
    }
}

/// Without `.` and `..`, as Nix takes them out.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(tidied.pop()),
            Component::CurDir => {}
            part => tidied.push(part),
        }
    }
    tidied
}
