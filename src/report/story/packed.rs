//! Lists of alike objects as columns: each name stands there once, and what is repeated stands there once.
//!
//! A run of thousands of machines has tens of thousands of steps, of which most say the same. `column` in `page.js` is the way
//! back. Knows nothing of what the objects mean.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// A page with its lists of objects as tables: `rows`, how many there are, and `table`, their columns.
pub(super) fn packed(page: Value) -> Value {
    let Value::Object(page) = page else { return page };
    let pack = |(name, value): (String, Value)| match value {
        Value::Array(rows) if !rows.is_empty() && rows.iter().all(Value::is_object) => {
            let table = column(&rows.iter().map(Some).collect::<Vec<_>>());
            (name, json!({ "rows": rows.len(), "table": table }))
        }
        other => (name, other),
    };
    Value::Object(page.into_iter().map(pack).collect())
}

/// One of four forms: a list with a value for each row; `{all}`, the same for all; `{of, at}`, the different ones and which of them
/// each row has (-1: none); `{parts, null, none}`, a column for each part of the objects, in those rows that are neither null nor
/// without a value.
fn column(rows: &[Option<&Value>]) -> Value {
    let Some(first) = rows.first() else { return json!([]) };
    if let (Some(value), true) = (first, rows.iter().all(|it| it == first)) {
        return json!({ "all": value });
    }
    let of_objects = rows.iter().flatten().all(|it| it.is_object() || it.is_null());
    if of_objects && rows.iter().flatten().any(|it| it.is_object()) {
        return parts(rows);
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut of: Vec<&Value> = Vec::new();
    let at: Vec<i64> = rows
        .iter()
        .map(|row| {
            let Some(value) = row else { return -1 };
            let place = *places.entry(value.to_string()).or_insert_with(|| {
                of.push(value);
                of.len() - 1
            });
            i64::try_from(place).expect("there are fewer values than integers")
        })
        .collect();
    // An index is shorter than most values, but not than none.
    if of.len() * 2 > rows.len() && rows.iter().all(Option::is_some) {
        return json!(rows);
    }
    json!({ "of": of, "at": at })
}

fn parts(rows: &[Option<&Value>]) -> Value {
    let numbered = || rows.iter().enumerate();
    let nulls: Vec<usize> =
        numbered().filter(|(_, it)| it.is_some_and(Value::is_null)).map(|it| it.0).collect();
    let none: Vec<usize> = numbered().filter(|(_, it)| it.is_none()).map(|it| it.0).collect();
    let objects: Vec<&Map<String, Value>> = rows.iter().flatten().filter_map(|it| it.as_object()).collect();
    let mut names: Vec<&String> = Vec::new();
    for object in &objects {
        // Most have the same ones.
        names.extend(object.keys().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    let parts = names.into_iter().map(|name| {
        let values: Vec<Option<&Value>> = objects.iter().map(|it| it.get(name)).collect();
        (name.clone(), column(&values))
    });
    json!({ "parts": parts.collect::<Map<_, _>>(), "null": nulls, "none": none })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the script in the page makes of it.
    pub(in crate::report::story) fn unpacked(page: Value) -> Value {
        let Value::Object(page) = page else { return page };
        let unpack = |(name, value): (String, Value)| match value.get("table") {
            Some(table) => {
                let rows = usize::try_from(value["rows"].as_u64().unwrap()).unwrap();
                (name, Value::Array(column_of(table, rows).into_iter().map(Option::unwrap).collect()))
            }
            None => (name, value),
        };
        Value::Object(page.into_iter().map(unpack).collect())
    }

    fn column_of(it: &Value, rows: usize) -> Vec<Option<Value>> {
        if let Some(values) = it.as_array() {
            return values.iter().cloned().map(Some).collect();
        }
        if let Some(value) = it.get("all") {
            return vec![Some(value.clone()); rows];
        }
        if let Some(at) = it["at"].as_array() {
            let value = |at: &Value| Some(it["of"][usize::try_from(at.as_i64().unwrap()).ok()?].clone());
            return at.iter().map(value).collect();
        }
        let listed = |name: &str, row: usize| it[name].as_array().unwrap().contains(&json!(row));
        let mut values: Vec<Option<Value>> = (0..rows)
            .map(|row| {
                if listed("none", row) {
                    None
                } else {
                    Some(Value::Null).filter(|_| listed("null", row)).or(Some(json!({})))
                }
            })
            .collect();
        let objects = values.iter().flatten().filter(|it| it.is_object()).count();
        for (name, part) in it["parts"].as_object().unwrap() {
            let of_objects = values.iter_mut().flatten().filter_map(Value::as_object_mut);
            for (object, value) in of_objects.zip(column_of(part, objects)) {
                object.extend(value.map(|value| (name.clone(), value)));
            }
        }
        values
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2..3_i32).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[xyz]", inner, 0..3)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(page in prop::collection::btree_map("[abc]", any_value(), 0..4)) {
            let page = Value::Object(page.into_iter().collect());
            prop_assert_eq!(unpacked(packed(page.clone())), page);
        }

        #[test]
        fn so_do_long_lists(rows in prop::collection::vec(prop::collection::btree_map("[xyz]", any_value(), 1..4), 1..9)) {
            let rows: Vec<Value> = rows.into_iter().map(|it| Value::Object(it.into_iter().collect())).collect();
            let page = json!({ "steps": rows });
            prop_assert_eq!(unpacked(packed(page.clone())), page);
        }
    }
}
