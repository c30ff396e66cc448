//! Where a file's content becomes part of an option: `readFile` of something that is named like a secret. Reads the syntax
//! only, and speaks of what is certain: the content itself, or a text that holds it, is the option's value. Part of the check
//! `secret-in-store`.

use crate::network::Network;
use crate::syntax::{AttrName, Definition, Expr, ExprId, Module, parse};
use crate::text::{FileId, Span};

use super::secret_shapes::is_secret_file;

/// Names of NixOS at the top of a module whose values end in the store.
const TOPS: [&str; 9] = [
    "boot",
    "containers",
    "environment",
    "networking",
    "programs",
    "services",
    "systemd",
    "users",
    "virtualisation",
];

/// Names that tell that a value is no secret, or goes elsewhere.
const OTHERS: [&str; 8] = [
    "authorizedKeys",
    "deployment",
    "hostKeys",
    "keys",
    "knownHosts",
    "publicKey",
    "secrets",
    "trusted-public-keys",
];

/// Functions that give what they are given, for this purpose.
const PASSING: [&str; 12] = [
    "mkAfter",
    "mkBefore",
    "mkDefault",
    "mkForce",
    "mkIf",
    "mkMerge",
    "mkOverride",
    "removeSuffix",
    "toString",
    "trim",
    "writeText",
    "fileContents",
];

/// Whether a text reads any file: a quick look before it is taken apart.
pub(super) fn may_read(text: &str) -> bool {
    text.contains("readFile") || text.contains("fileContents")
}

/// The places where a secret file is read into an option, each with the path as written.
pub(super) fn read(network: &Network, file: FileId) -> Vec<(Span, String)> {
    let text = &network.sources().file(file).text;
    if !may_read(text) {
        return Vec::new();
    }
    let module = parse(file, text).module;
    let mut walk = Walk { module: &module, text, file, path: Vec::new(), found: Vec::new(), depth: 0 };
    walk.expr(module.root());
    walk.found
}

struct Walk<'a> {
    module: &'a Module,
    text: &'a str,
    file: FileId,
    /// The names around, from the top of the file.
    path: Vec<&'a str>,
    found: Vec<(Span, String)>,
    depth: usize,
}

/// Code that is nested deeper was not written by a person.
const DEEPEST: usize = 200;

impl Walk<'_> {
    fn expr(&mut self, id: ExprId) {
        self.depth += 1;
        if self.depth < DEEPEST {
            self.inside(id);
        }
        self.depth -= 1;
    }

    fn inside(&mut self, id: ExprId) {
        let module = self.module;
        match module.expr(id) {
            Expr::Attrs(set) => {
                let set = &module.sets[set as usize];
                for entry in &set.entries {
                    if let Definition::Value(value) = entry.definition {
                        self.path.push(module.symbols.name(entry.sym));
                        self.expr(value);
                        self.path.pop();
                    }
                }
                for entry in &set.dynamics {
                    self.path.push("");
                    self.expr(entry.value);
                    self.path.pop();
                }
            }
            // What is bound to a name may be used for anything.
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => self.expr(body),
            Expr::Lambda(lambda) => self.expr(module.lambdas[lambda as usize].body),
            Expr::If { then, otherwise, .. } => {
                self.expr(then);
                self.expr(otherwise);
            }
            Expr::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::List(items) => module.children[items.indices()].iter().for_each(|it| self.expr(*it)),
            Expr::Interpolation { parts, .. } => {
                module.children[parts.indices()].iter().for_each(|it| self.expr(*it));
            }
            Expr::Apply { function, arguments } => {
                let arguments = &module.children[arguments.indices()];
                let called = self.called(function);
                if matches!(called, "readFile" | "fileContents")
                    && let [file] = arguments
                    && let Expr::Path(path) = module.expr(*file)
                {
                    self.reads(id, module.symbols.name(path));
                } else if PASSING.contains(&called) {
                    arguments.iter().for_each(|it| self.expr(*it));
                }
            }
            _ => {}
        }
    }

    /// The last name of what is called.
    fn called(&self, function: ExprId) -> &str {
        match self.module.expr(function) {
            Expr::Select { path, default: None, .. } => match self.module.steps[path.indices()].last() {
                Some(step) => match step.name {
                    AttrName::Static(sym) => self.module.symbols.name(sym),
                    AttrName::Dynamic(_) => "",
                },
                None => "",
            },
            Expr::Apply { function, .. } => self.called(function),
            _ => {
                let (start, end) = self.module.span(function);
                self.text.get(start as usize..end as usize).unwrap_or_default()
            }
        }
    }

    fn reads(&mut self, id: ExprId, path: &str) {
        let path_of_option: Vec<&str> = self.path.iter().copied().filter(|it| *it != "config").collect();
        // In a network the machine's name comes first.
        let is_option = path_of_option.iter().take(2).any(|it| TOPS.contains(it));
        if is_option && is_secret_file(path) && !path_of_option.iter().any(|it| OTHERS.contains(it)) {
            let (start, end) = self.module.span(id);
            self.found.push((Span::new(self.file, start, end), path.to_owned()));
        }
    }
}
