//! What is to be loaded, and what evaluation is told about the world. Loads nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::eval::{Evaluator, Parses, Settings};
use crate::options::schema::Schema;
use crate::system::Files;
use crate::value::Value;

use super::arguments::{Argument, Arguments, expression};
use super::{Dialect, LoadError};

/// What to load, and what the evaluator is told about the world.
#[derive(Clone)]
pub struct Request {
    pub files: Arc<dyn Files>,
    /// Files or folders; relative ones against `working_folder`.
    pub inputs: Vec<PathBuf>,
    pub arguments: Arguments,
    /// How it is to be read; without it as its content says.
    pub dialect: Option<Dialect>,
    /// Options whose values are wanted beside those of a deployment.
    pub more_options: Vec<Vec<String>>,
    /// The options of NixOS; without them, those that nobody declares are not judged.
    pub options: Option<Arc<Schema>>,
    /// Whether what machines read of each other, and the paths that files name, are wanted.
    pub connections: bool,
    /// `-I`, in the order given.
    pub include: Vec<String>,
    /// Inputs of flakes and pins that are read from folders; relative ones against `working_folder`.
    pub pins: Vec<(String, PathBuf)>,
    /// `NIX_PATH`.
    pub nix_path: Option<String>,
    pub home: Option<PathBuf>,
    pub working_folder: PathBuf,
    /// Set by another thread to stop soon: what is not known by then is unknown.
    pub cancel: Option<Arc<AtomicBool>>,
    /// What earlier loads have parsed. It changes nothing but time.
    pub parses: Option<Arc<Parses>>,
}

impl Request {
    pub fn new(files: Arc<dyn Files>, inputs: Vec<PathBuf>) -> Self {
        Self {
            files,
            inputs,
            arguments: Arguments::default(),
            dialect: None,
            more_options: Vec::new(),
            options: None,
            connections: false,
            include: Vec::new(),
            pins: Vec::new(),
            nix_path: None,
            home: None,
            working_folder: PathBuf::from("/"),
            cancel: None,
            parses: None,
        }
    }

    /// The arguments as values.
    pub fn argument_values(&self, eval: &mut Evaluator) -> Result<Vec<(String, Value)>, LoadError> {
        let mut values = Vec::new();
        for (name, argument) in self.arguments.iter() {
            let value = match argument {
                Argument::String(text) => eval.make_string(text),
                Argument::Expression(text) => expression(eval, name, text, &self.working_folder)?,
            };
            values.push((name.to_owned(), value));
        }
        Ok(values)
    }

    /// What the evaluator may read and knows of the world.
    pub fn settings(&self) -> Settings {
        let entries = self
            .include
            .iter()
            .map(String::as_str)
            .chain(self.nix_path.iter().flat_map(|it| it.split(':')))
            .filter(|entry| !entry.is_empty() && !entry.contains("://"));
        let nix_path: Vec<(String, PathBuf)> = entries
            .map(|entry| match entry.split_once('=') {
                Some((prefix, path)) => (prefix.to_owned(), self.working_folder.join(path)),
                None => (String::new(), self.working_folder.join(entry)),
            })
            .collect();
        Settings {
            allowed_roots: self.roots(&nix_path),
            nix_path,
            home: self.home.clone(),
            inputs: self
                .pins
                .iter()
                .map(|(name, path)| (name.clone(), self.working_folder.join(path)))
                .collect(),
            cancel: self.cancel.clone(),
            parses: self.parses.clone(),
            ..Settings::default()
        }
    }
}
