//! Derivations as Nix writes them into the store, and the hashes that name their outputs. Pure: which derivation is
//! meant is said elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::encodings::base16;
use super::hash::{Algorithm, Hash};
use super::paths::Ingestion;

/// An output: its path, and for fixed ones how its content is hashed.
#[derive(Clone, Debug, Default)]
pub(in crate::eval) struct Output {
    pub(in crate::eval) path: String,
    pub(in crate::eval) fixed: Option<(Ingestion, Hash)>,
}

#[derive(Clone, Debug, Default)]
pub(in crate::eval) struct Derivation {
    pub(in crate::eval) outputs: BTreeMap<String, Output>,
    /// The outputs needed of other derivations.
    pub(in crate::eval) inputs: BTreeMap<String, BTreeSet<String>>,
    pub(in crate::eval) sources: BTreeSet<String>,
    pub(in crate::eval) system: Vec<u8>,
    pub(in crate::eval) builder: Vec<u8>,
    pub(in crate::eval) arguments: Vec<Vec<u8>>,
    pub(in crate::eval) environment: BTreeMap<String, Vec<u8>>,
}

/// What a derivation is known by where another one needs it: not its path, so that changes which change no output
/// change nothing.
#[derive(Clone, Debug)]
pub(in crate::eval) enum Modulo {
    Whole(String),
    /// What a fixed output is made with does not matter.
    Fixed(String),
}

impl Modulo {
    fn hex(&self) -> &str {
        match self {
            Modulo::Whole(hex) | Modulo::Fixed(hex) => hex,
        }
    }
}

impl Derivation {
    /// The text in the store.
    pub(in crate::eval) fn text(&self) -> Vec<u8> {
        self.written(&self.inputs, false)
    }

    /// The hash that the outputs are named by; their own paths are left out of it.
    pub(in crate::eval) fn outputs_hash<'a>(
        &self,
        modulo: impl Fn(&str) -> Option<&'a Modulo>,
    ) -> Option<Hash> {
        let text = self.written(&self.inputs_modulo(modulo)?, true);
        Some(Algorithm::Sha256.of(&text))
    }

    /// What this derivation is known by in others.
    pub(in crate::eval) fn modulo<'a>(&self, modulo: impl Fn(&str) -> Option<&'a Modulo>) -> Option<Modulo> {
        if let Some(output) = self.outputs.get("out")
            && let Some((ingestion, hash)) = &output.fixed
        {
            let text = format!("fixed:out:{}{}:{}", ingestion.prefix(), hash.with_algorithm(), output.path);
            return Some(Modulo::Fixed(base16(&Sha256::digest(text.as_bytes()))));
        }
        let text = self.written(&self.inputs_modulo(modulo)?, false);
        Some(Modulo::Whole(base16(&Sha256::digest(&text))))
    }

    fn inputs_modulo<'a>(
        &self,
        modulo: impl Fn(&str) -> Option<&'a Modulo>,
    ) -> Option<BTreeMap<String, BTreeSet<String>>> {
        let mut inputs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, outputs) in &self.inputs {
            inputs.entry(modulo(path)?.hex().to_owned()).or_default().extend(outputs.iter().cloned());
        }
        Some(inputs)
    }

    fn written(&self, inputs: &BTreeMap<String, BTreeSet<String>>, masked: bool) -> Vec<u8> {
        let mut out = b"Derive(".to_vec();
        list(&mut out, &self.outputs, |out, (name, output)| {
            let path = if masked { "" } else { output.path.as_str() };
            let (algorithm, hash) = match &output.fixed {
                Some((ingestion, hash)) => {
                    (format!("{}{}", ingestion.prefix(), hash.algorithm.name()), hash.base16())
                }
                None => (String::new(), String::new()),
            };
            tuple(out, &[name, path, &algorithm, &hash]);
        });
        out.push(b',');
        list(&mut out, inputs, |out, (path, outputs)| {
            out.push(b'(');
            plain(out, path);
            out.push(b',');
            list(out, outputs, |out, output| plain(out, output));
            out.push(b')');
        });
        out.push(b',');
        list(&mut out, &self.sources, |out, source| plain(out, source));
        out.push(b',');
        out.push(b'"');
        out.extend_from_slice(&self.system);
        out.extend_from_slice(b"\",");
        quoted(&mut out, &self.builder);
        out.push(b',');
        list(&mut out, &self.arguments, |out, argument| quoted(out, argument));
        out.push(b',');
        list(&mut out, &self.environment, |out, (name, value)| {
            out.push(b'(');
            quoted(out, name.as_bytes());
            out.push(b',');
            quoted(out, if masked && self.outputs.contains_key(name) { b"" } else { value });
            out.push(b')');
        });
        out.push(b')');
        out
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn tuple(out: &mut Vec<u8>, texts: &[&str]) {
    out.push(b'(');
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        plain(out, text);
    }
    out.push(b')');
}

/// A text that needs no escapes.
fn plain(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}
