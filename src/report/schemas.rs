//! The schemas of the formats that programs read: made from the types that are printed, kept under `docs/formats`,
//! written under `UPDATE=1` and compared otherwise. Prints nothing itself.

#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the repository's own files")]

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{
    arguments, deployments, difference, findings, generations, history, network, pages, plan, run, status,
    value,
};

/// The schema of what is printed as this type.
pub(crate) fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

/// Every format, by the name of its file.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("baseline", of::<crate::checks::Baseline>()),
        ("diff", difference::schema()),
        ("events", run::schema()),
        ("explain", pages::schema()),
        ("findings", findings::schema()),
        ("graph", crate::graph::schema().to_value()),
        ("export", of::<crate::state::Exported>()),
        ("list-generations", generations::schema()),
        ("plan", plan::schema()),
        ("show", network::schema()),
        ("show-arguments", arguments::schema()),
        ("show-option", value::schema()),
        ("status", status::schema()),
    ];
    all.extend(deployments::schemas());
    all.extend(history::schemas());
    all
}

/// What is wrong with a document of a format.
pub(crate) fn errors(format: &str, text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).expect("it is JSON");
    let (_, schema) = all().into_iter().find(|(name, _)| *name == format).expect("the format has a schema");
    let schema = jsonschema::validator_for(&schema).expect("our schema is one");
    schema.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect()
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for (name, schema) in all() {
        let file = format!("{name}.schema.json");
        let text = format!("{schema:#}\n");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(folder.join(&file), &text).unwrap();
        }
        let published = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
        assert!(published == text, "docs/formats/{file} is out of date: run the tests with UPDATE=1");
        assert!(index.contains(&format!("({file})")), "the index does not name {file}");
        assert!(!errors(name, "{}").is_empty(), "{file} takes anything");
    }
}
