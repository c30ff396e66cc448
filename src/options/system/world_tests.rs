//! What is known of the modules of a machine whose NixOS is not at hand.

use std::path::Path;
use std::sync::Arc;

use super::{Evaluation, ModuleSystem, World};
use crate::eval::{Evaluator, Settings};
use crate::options::{ModuleMistakeKind, Options, Origin, Start};
use crate::system::OverlayFiles;
use crate::value::{Reason, Stop, Value};

const OWN: &str = "{ lib, name, ... }: { options.deployment = {
    targetHost = lib.mkOption { type = lib.types.nullOr lib.types.str; default = name; };
    tags = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
    keys = lib.mkOption { default = { }; type = lib.types.attrsOf (lib.types.submodule ({ name, ... }: {
        options.user = lib.mkOption { type = lib.types.str; default = \"root\"; };
        options.name = lib.mkOption { type = lib.types.str; default = name; };
    })); };
}; }";

fn machine(modules: &[&str]) -> (Evaluator, Evaluation) {
    let files = OverlayFiles::alone();
    let mut eval = Evaluator::new(Arc::new(files), Settings::default());
    let system = ModuleSystem::new(&mut eval);
    let starts: Vec<Start> = modules
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let module = eval.eval_text_in(&format!("module-{number}.nix"), text, Path::new("/"));
            let at = eval.span_of(module).unwrap();
            Start { module, at, origin: Origin::Machine }
        })
        .collect();
    let name = eval.make_string("web");
    let fact = eval.make_unknown(Reason::Told("a fact nobody knows".to_owned()), None);
    let world = World {
        arguments: eval.make_attrs([("name", name), ("fact", fact)]),
        base: vec![eval.library_text("<own>", OWN)],
        open: eval.add_unknown(Reason::Told("options of NixOS are only known to Nix".to_owned()), None),
    };
    let machine = system.evaluate(&mut eval, &starts, &world);
    (eval, machine)
}

fn at(eval: &mut Evaluator, config: Value, path: &str) -> Result<Value, Stop> {
    let mut value = eval.force(config)?;
    for name in path.split('.') {
        value = eval.select(value, name)?;
    }
    Ok(value)
}

/// The value of `config.<path>` as Nix prints it, or why there is none.
fn read(modules: &[&str], path: &str) -> String {
    let (mut eval, machine) = machine(modules);
    let value = at(&mut eval, machine.config(), path);
    match value {
        Ok(value) => {
            // Open parts are shown by what is known of them.
            let _ = eval.force_deep(value);
            eval.print(value)
        }
        Err(Stop::Unknown(id)) => format!("unknown: {}", eval.reasons(id).last().unwrap().reason),
        Err(Stop::Error(id)) => format!("error: {}", eval.error(id).message),
    }
}

#[track_caller]
fn knows(modules: &[&str], path: &str, value: &str) {
    assert_eq!(read(modules, path), value, "{path}");
}

const NIXOS: &str = "unknown: options of NixOS are only known to Nix";
const FACT: &str = "unknown: a fact nobody knows";

#[test]
fn declared_options_have_types_and_defaults() {
    knows(&["{ }"], "deployment.targetHost", "\"web\"");
    knows(&["{ deployment.targetHost = \"a\"; }"], "deployment.targetHost", "\"a\"");
    knows(&["{ deployment.keys.k = { }; }"], "deployment.keys.k.name", "\"k\"");
    let own = "{ lib, config, ... }: { options.my.n = lib.mkOption { type = lib.types.int; default = 4; }; config.my.m = 1; }";
    knows(&[own], "my.n", "4");
    knows(&[own], "my.m", "1");
}

#[test]
fn what_nobody_declares_is_merged_by_its_shape() {
    knows(&["{ services.x.enable = true; }"], "services.x.enable", "true");
    knows(&["{ services.x.port = 80; }", "{ services.x.port = 80; }"], "services.x.port", "80");
    knows(&["{ services.x.port = 80; }", "{ services.x.port = 81; }"], "services.x.port", NIXOS);
    knows(&["{ services.x.text = \"a\"; }"], "services.x.text", NIXOS);
    knows(&["{ networking.hostName = \"a\"; networking.domain = \"b\"; }"], "networking.fqdn", "\"a.b\"");
    knows(&["{ }"], "networking.hostName", NIXOS);
    knows(&["{ lib, ... }: { services.x.n = lib.mkDefault 1; }"], "services.x.n", NIXOS);
    knows(&["{ lib, ... }: { services.x.n = lib.mkForce 1; }", "{ services.x.n = 2; }"], "services.x.n", "1");
    knows(&["{ a.b.c = true; }", "{ lib, ... }: { a = lib.mkIf true { b.d = 1; }; }"], "a.b.d", "1");
    knows(&["{ }"], "boot.loader", NIXOS);
}

#[test]
fn options_may_need_each_other() {
    let module = "{ config, lib, ... }: { a.enable = true; b = lib.mkIf config.a.enable { n = 2; }; c.n = config.b.n; }";
    knows(&[module], "c.n", "2");
    let own = "{ config, lib, ... }: { services.n = lib.mkIf config.services.n.enable { port = 5; }; }";
    knows(&[own, "{ services.n.enable = true; }"], "services.n.port", "5");
    knows(&["{ config, ... }: { a.n = config.a.n; }"], "a.n", "error: infinite recursion encountered");
    // NixOS declares the names that are asked for here.
    knows(&["{ config, lib, ... }: { config = lib.optionalAttrs (config ? x) { a.n = 1; }; }"], "a.n", NIXOS);
}

#[test]
fn what_holds_perhaps_makes_unknown_what_it_may_change() {
    let perhaps = "{ lib, fact, ... }: { deployment = lib.mkIf fact { targetHost = \"x\"; tags = [ \"t\" ]; keys.k.user = \"u\"; }; }";
    let plain = "{ deployment = { targetHost = \"y\"; tags = [ \"s\" ]; keys.l = { }; }; }";
    knows(&[perhaps], "deployment.targetHost", FACT);
    knows(&[perhaps, plain], "deployment.keys.l.user", "\"root\"");
    knows(&["{ fact, ... }: { deployment.targetHost = fact; }"], "deployment.targetHost", FACT);
    let force = "{ lib, fact, ... }: { deployment.targetHost = lib.mkIf fact (lib.mkForce \"x\"); }";
    knows(&[force, plain], "deployment.targetHost", FACT);
    let weak = "{ lib, fact, ... }: { deployment.targetHost = lib.mkIf fact (lib.mkDefault \"x\"); }";
    knows(&[weak, plain], "deployment.targetHost", "\"y\"");
    let keys = "{ fact, ... }: { deployment.keys = { a.user = fact; b.user = \"b\"; }; }";
    knows(&[keys], "deployment.keys.b.user", "\"b\"");
    knows(&[keys], "deployment.keys.a.name", "\"a\"");
    knows(&[keys], "deployment.keys.a.user", FACT);
}

#[test]
fn modules_that_cannot_be_read_leave_a_gap() {
    let gap = "{ imports = [ (import (fetchTarball \"https://example.org/x.tar.gz\")) ]; deployment.tags = [ \"a\" ]; }";
    let (mut eval, machine) = machine(&[gap]);
    let read_back = machine.modules(&mut eval, &Options::default());
    assert_eq!(read_back.gaps.len(), 1);
    assert!(read(&[gap], "deployment.targetHost").starts_with("unknown"));
    knows(&[gap, "{ deployment.targetHost = \"y\"; }"], "deployment.targetHost", "\"y\"");
}

#[test]
fn faults_are_what_merging_certainly_fails_at() {
    let (mut eval, machine) = machine(&[
        "{ deployment.targetHost = 5; services.x.text = 5; }",
        "{ deployment.keys.k.colour = \"red\"; }",
        "{ lib, fact, ... }: { deployment.tags = lib.mkIf fact \"x\"; }",
    ]);
    let faults = machine.faults(&mut eval);
    let options: Vec<&str> = faults.iter().map(|it| it.option.as_str()).collect();
    assert_eq!(options, ["deployment.keys", "deployment.targetHost"]);
    let error = eval.error(faults[1].error).clone();
    assert!(error.message.contains("is not of type `null or string'"), "{}", error.message);
    assert_eq!(eval.sources().slice(error.user_span()), "5");
}

#[test]
fn mistakes_in_modules_are_noted_and_the_rest_is_read() {
    let (mut eval, machine) =
        machine(&["{ import = [ ]; deployment.tags = [ ]; }", "{ imports = { }; }", "{ imports = [ 1 ]; }"]);
    let read_back = machine.modules(&mut eval, &Options::default());
    let kinds: Vec<_> = read_back.mistakes.iter().map(|it| it.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            ModuleMistakeKind::ImportForImports,
            ModuleMistakeKind::ImportsNoList("a set"),
            ModuleMistakeKind::NoModule("an integer")
        ]
    );
}

#[test]
fn machines_see_each_other_lazily() {
    let mut eval = Evaluator::new(Arc::new(OverlayFiles::alone()), Settings::default());
    let system = ModuleSystem::new(&mut eval);
    let open = eval.add_unknown(Reason::Told("options of NixOS are only known to Nix".to_owned()), None);
    let nodes = eval.make_hole();
    let texts = [
        ("a", "{ nodes, ... }: { my.n = nodes.b.config.my.n + 1; }"),
        ("b", "{ nodes, name, ... }: { my.n = 1; my.other = nodes.a.config.my.n; my.bad = throw name; }"),
    ];
    let mut configs = Vec::new();
    for (name, text) in texts {
        let module = eval.eval_text(name, text);
        let at = eval.span_of(module).unwrap();
        let name_value = eval.make_string(name);
        let arguments = eval.make_attrs([("name", name_value), ("nodes", nodes)]);
        let start = Start { module, at, origin: Origin::Machine };
        let it = system.evaluate(&mut eval, &[start], &World { arguments, base: Vec::new(), open });
        configs.push((name, eval.make_attrs([("config", it.config())])));
    }
    let all = eval.make_attrs(configs);
    eval.fill(nodes, all);
    let value = at(&mut eval, nodes, "b.config.my.other").unwrap();
    assert_eq!(eval.int(value), Ok(2));
}
