//! How a network is read: as the dialect that was asked for, if it can be read so, else as its content says.

use super::Dialect;
use super::input::LoadError;
use super::load::{Loading, Top};
use super::model::InputShape;
use crate::eval::AttrsView;

/// The dialect, from the tops that were read.
pub(super) fn dialect_of(loading: &mut Loading<'_>, tops: &[Top]) -> Dialect {
    if let Some(dialect) = loading.request.dialect {
        return dialect;
    }
    if let Some(dialect) = tops.iter().find_map(|it| it.dialect) {
        return dialect;
    }
    let views: Vec<AttrsView> = tops.iter().map(|it| it.view.clone()).collect();
    let name = loading.inputs.first().map_or_else(String::new, |it| {
        let path = loading.eval.sources().path(it.file);
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    });
    Dialect::of(&mut loading.eval, &views, &name)
}

/// Refuses what no reader of the dialect could take for a network.
pub(super) fn fits(loading: &mut Loading<'_>, tops: &[Top], dialect: Dialect) -> Result<(), LoadError> {
    let wrong = |why: String| Err(LoadError::NotOfDialect { dialect, why });
    let outputs = loading.inputs.iter().find_map(|it| match &it.shape {
        InputShape::Flake { outputs, .. } => Some(outputs),
        _ => None,
    });
    if let Some(outputs) = outputs {
        return wrong(format!("no output of the flake is one; it has: {}", outputs.join(", ")));
    }
    let in_files = tops.iter().any(|it| it.dialect.is_none());
    if !in_files {
        return Ok(());
    }
    if !dialect.is_in_files() {
        return wrong("it stands in a file, and such networks are outputs of flakes".to_owned());
    }
    if dialect.is_one_file() && tops.len() > 1 {
        return wrong(format!("such a network is one file, and these are {}", tops.len()));
    }
    // A machine may be called `meta`; one that brings packages for all is none.
    let eval = &mut loading.eval;
    let metas: Vec<_> = tops
        .iter()
        .flat_map(|it| &it.view.attributes)
        .filter(|it| eval.name(it.name) == "meta")
        .map(|it| it.value)
        .collect();
    let is_hive = metas.into_iter().any(|it| matches!(eval.attr_named(it, "nixpkgs"), Ok(Some(_))));
    if is_hive && dialect != Dialect::Colmena {
        return wrong("it has `meta.nixpkgs`, as hives of colmena do".to_owned());
    }
    Ok(())
}
