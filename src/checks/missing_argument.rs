use crate::findings::{Edit, Finding};
use crate::network::Network;
use crate::syntax::{self, ExprId, SyntaxError, SyntaxErrorKind};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// A module that uses `lib`, `pkgs`, `config`, `name`, `nodes` or another argument of modules without taking it.
    ///
    /// # Why it is bad
    /// The name is not defined, so Nix refuses the whole file.
    ///
    /// # What to do instead
    /// Take the argument: `{ lib, ... }:`.
    ///
    /// # What it cannot see
    /// Arguments that the network itself adds (`specialArgs`); such names are found as undefined variables.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = { pkgs, ... }: {
    ///     deployment.targetHost = name;   # error
    ///     environment.systemPackages = [ pkgs.hello ];
    ///   };
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   web = { name, pkgs, ... }: {
    ///     deployment.targetHost = name;
    ///     environment.systemPackages = [ pkgs.hello ];
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = { name, ... }: {
    ///     deployment.targetHost = name;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "missing-argument", level: Error, since: "0.1.0" }
}

/// What modules may take: NixOS' own arguments, then those of networks.
const ARGUMENTS: [&str; 11] = [
    "config",
    "lib",
    "modulesPath",
    "options",
    "pkgs",
    "specialArgs",
    "name",
    "nodes",
    "resources",
    "uuid",
    "deploymentName",
];

pub(super) fn is_argument(name: &str) -> bool {
    ARGUMENTS.contains(&name)
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    // One missing argument is one mistake, however often it is used in the file.
    let mut seen: Vec<(crate::text::FileId, &str, Option<Span>)> = Vec::new();
    for error in &network.syntax_errors {
        let name = network.sources().slice(error.span);
        if error.kind != SyntaxErrorKind::UndefinedVariable || !is_argument(name) {
            continue;
        }
        let head = head(network, error);
        let key = (error.span.file, name, head.map(|it| it.0));
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let finding = CHECK
            .finding(error.span, format!("`{name}` is an argument of modules, and this one does not take it"))
            .note("not defined here");
        found.push(match head {
            Some((at, first)) => finding
                .label(at, format!("takes no `{name}`"))
                .help(format!("add `{name}` to the arguments"))
                .fix(
                    format!("take `{name}`"),
                    true,
                    vec![Edit { span: Span::new(at.file, first, first), text: format!("{name}, ") }],
                ),
            None => finding.help(format!("make the module a function: `{{ {name}, ... }}: {{ … }}`")),
        });
    }
}

/// The head of the innermost function with a set pattern around a place, and where its first argument stands.
fn head(network: &Network, error: &SyntaxError) -> Option<(Span, u32)> {
    let file = network.sources().file(error.span.file);
    let module = syntax::parse(error.span.file, &file.text).module;
    let mut innermost: Option<(u32, Span, u32)> = None;
    for lambda in &module.lambdas {
        let (Some(formals), body) = (lambda.formals, body_span(&module, lambda.body)) else { continue };
        let holds = body.0 <= error.span.start && error.span.end <= body.1;
        let Some(first) = module.formals.get(formals.indices()).and_then(<[_]>::first) else { continue };
        if holds && lambda.ellipsis && innermost.is_none_or(|(size, ..)| body.1 - body.0 < size) {
            let at = Span::new(error.span.file, lambda.at.0, lambda.at.1);
            innermost = Some((body.1 - body.0, at, first.at.0));
        }
    }
    innermost.map(|(_, at, first)| (at, first))
}

fn body_span(module: &syntax::Module, body: ExprId) -> (u32, u32) {
    module.span(body)
}
