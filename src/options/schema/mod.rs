//! The options of NixOS: read from a file, and held against what a machine's modules define.
//!
//! A schema comes from one nixpkgs ([`Schema::read`] takes what `nixwright schema` writes, and the `options.json` of the
//! manual of NixOS). [`judge()`] reads the definitions of a machine against it and gives what is wrong as data. Reports
//! nothing, and asks no Nix.

mod definitions;
mod dump;
mod judge;
mod manual;
mod mistakes;
mod near;
mod own;
pub mod revision;
mod text;
mod values;

use std::io::Read as _;

use super::types::{OptionType, Options};

pub use definitions::Pending;
pub use dump::VERSION;
pub use judge::judge;
pub use mistakes::{OptionMistake, OptionMistakeKind, Reading};

/// The options of a NixOS.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub options: Options,
    /// What it was made of, for people.
    pub of: Option<String>,
    /// Whether it has every option, also those that no manual shows.
    pub complete: bool,
    /// Whether it says which options are read.
    pub tells_what_is_read: bool,
    /// Whether a name that no option has is refused wherever it stands, and not only where something reads its group.
    pub refuses_all_names: bool,
    /// The names of types that refuse even equal definitions.
    once: Vec<String>,
}

/// Why a file is no schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("it could not be unpacked")]
    Packed(#[source] std::io::Error),
    #[error("it is neither what `nixwright schema` writes nor an `options.json` of NixOS")]
    Unknown(#[source] serde_json::Error),
    #[error("it is of version {0}, and only version {VERSION} is known")]
    Version(u32),
}

/// A schema is some megabytes; what unpacks to more than this is none.
const LARGEST: u64 = 256 << 20;

impl Schema {
    /// Reads the contents of a file, packed with gzip or not.
    pub fn read(bytes: &[u8]) -> Result<Self, SchemaError> {
        let mut unpacked = Vec::new();
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            let reader = flate2::read::GzDecoder::new(bytes);
            reader.take(LARGEST).read_to_end(&mut unpacked).map_err(SchemaError::Packed)?;
            unpacked.as_slice()
        } else {
            bytes
        };
        let error = match serde_json::from_slice::<dump::Dump>(bytes) {
            Ok(dump) if dump.version == VERSION => {
                return Ok(Self {
                    options: dump::options(dump.options),
                    of: dump.of,
                    complete: true,
                    tells_what_is_read: true,
                    refuses_all_names: dump.strict,
                    once: dump.once,
                });
            }
            Ok(dump) => return Err(SchemaError::Version(dump.version)),
            Err(error) => error,
        };
        if let Ok(group) = serde_json::from_slice::<dump::Group>(bytes) {
            return Ok(Self { options: dump::options(group), complete: true, ..Self::default() });
        }
        match serde_json::from_slice::<manual::Manual>(bytes) {
            Ok(manual) if manual::is_one(&manual) => {
                Ok(Self { options: manual::options(manual), ..Self::default() })
            }
            Ok(_) | Err(_) => Err(SchemaError::Unknown(error)),
        }
    }

    /// How many options there are, those of submodules included.
    pub fn count(&self) -> usize {
        self.options.count()
    }

    /// Whether two equal definitions of this type are refused.
    fn refuses_equal(&self, ty: &OptionType) -> bool {
        let name = match ty {
            OptionType::Once(_) => return true,
            OptionType::Bool => "bool",
            OptionType::Int { .. } => "int",
            OptionType::Float => "float",
            OptionType::Str => "str",
            OptionType::Path => "path",
            OptionType::Package => "package",
            OptionType::Enum(_) | OptionType::Values(_) => "enum",
            OptionType::NullOr(inside) => return self.refuses_equal(inside),
            _ => return false,
        };
        self.once.iter().any(|it| it == name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::types::{Found, OptionNode};
    use super::*;

    fn option<'a>(schema: &'a Schema, path: &str) -> &'a OptionType {
        let path: Vec<Arc<str>> = path.split('.').map(Arc::from).collect();
        match schema.options.find(&path) {
            Found::Option { option, .. } => &option.ty,
            other => panic!("{path:?} is no option: {other:?}"),
        }
    }

    #[test]
    fn what_our_tool_writes_is_read() {
        let text = r#"{ "version": 1, "of": "x", "once": ["str"], "options": {
          "a": { "s": { "b": { "k": { "t": "nullOr", "e": { "t": "str", "d": "string" } }, "decl": ["m.nix"], "def": true } } },
          "c": { "k": { "t": "either", "e": [ { "t": "bool" }, { "t": "enum", "v": ["x", "y"] } ] }, "decl": [] },
          "d": { "k": { "t": "attrsOf", "e": { "t": "submodule", "o": { "p": { "k": { "t": "unsignedInt16",
                 "d": "16 bit unsigned integer; between 0 and 65535 (both inclusive)" } } } } } },
          "old": { "k": { "t": "unspecified" }, "to": "c" }
        } }"#;
        let schema = Schema::read(text.as_bytes()).unwrap();
        assert_eq!(option(&schema, "a.b"), &OptionType::NullOr(Box::new(OptionType::Str)));
        assert!(schema.refuses_equal(option(&schema, "a.b")) && !schema.refuses_equal(option(&schema, "c")));
        let OptionType::AttrsOf(inside) = option(&schema, "d") else { panic!("it is a set") };
        let OptionType::Submodule(options) = inside.as_ref() else { panic!("of submodules") };
        let Some(OptionNode::Option(port)) = options.options.get("p") else { panic!("with an option") };
        assert_eq!(port.ty, OptionType::Int { lowest: Some(0), highest: Some(65535) });
        assert_eq!(schema.count(), 5);
        assert!(matches!(
            Schema::read(b"{ \"version\": 2, \"options\": { } }"),
            Err(SchemaError::Version(2))
        ));
        assert!(matches!(Schema::read(b"{ \"name\": \"x\" }"), Err(SchemaError::Unknown(_))));
    }

    #[test]
    fn the_manual_is_read() {
        let text = r#"{
          "a.b": { "type": "null or (one of \"x\", \"y\")", "loc": ["a", "b"], "declarations": ["m.nix"] },
          "c": { "type": "attribute set of (submodule)", "loc": ["c"], "declarations": ["m.nix"] },
          "c.<name>.d": { "type": "boolean", "loc": ["c", "<name>", "d"], "declarations": ["m.nix"] },
          "e": { "type": "open submodule of lazy attribute set of string", "loc": ["e"], "declarations": [] }
        }"#;
        let schema = Schema::read(text.as_bytes()).unwrap();
        assert!(!schema.complete);
        let words = OptionType::Enum(vec!["x".into(), "y".into()]);
        assert_eq!(option(&schema, "a.b"), &OptionType::NullOr(Box::new(words)));
        let OptionType::AttrsOf(inside) = option(&schema, "c") else { panic!("it is a set") };
        let OptionType::Submodule(options) = inside.as_ref() else { panic!("of submodules") };
        assert!(options.options.contains_key("d") && !options.partial);
        assert_eq!(option(&schema, "e"), &OptionType::Anything);
    }
}
