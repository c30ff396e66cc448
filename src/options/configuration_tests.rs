//! What is known of the options of a machine whose NixOS is not at hand.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{Configuration, Start, Words, Written, collect_modules};
use crate::eval::{Evaluator, Settings};
use crate::system::OverlayFiles;
use crate::value::{Reason, Stop};

const DECLARED: &str = "lib: { net = {
    name = lib.mkOption { type = lib.types.str; default = \"none\"; };
    tags = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
    keys = lib.mkOption { type = lib.types.attrsOf lib.types.str; default = { }; };
}; }";

/// The value of an expression in which `config` is that of some modules, as Nix prints it, or why it is not known.
/// Modules are functions of `lib`, `config` and `fact`, which nobody knows; all the texts are files as well.
fn read(modules: &[&str], expression: &str) -> String {
    let mut files = OverlayFiles::alone();
    for (number, text) in modules.iter().enumerate() {
        files.put(format!("/net/m{number}.nix"), text);
    }
    let settings = Settings { allowed_roots: vec!["/net".into()], ..Settings::default() };
    let mut eval = Evaluator::new(Arc::new(files), settings);
    let words = Words::new(&mut eval);
    let (lib, fact) = (eval.lib(), eval.make_unknown(Reason::Told("a fact nobody knows".to_owned()), None));
    let declared = eval.eval_text("<declared>", DECLARED);
    let options = Some(eval.make_call(declared, lib));
    let configuration = Configuration::new(words, vec![Written { config: None, options }]);
    let config = eval.make_hole();
    let starts: Vec<Start> = (0..modules.len())
        .map(|number| {
            let module = eval.eval_text_in("<start>", &format!("./m{number}.nix"), Path::new("/net"));
            let at = eval.place();
            Start { module, at, origin: super::Origin::Machine, imported: false }
        })
        .collect();
    let filling = Mutex::new(Some(configuration.clone()));
    let value = configuration.value(&mut eval, move |eval| {
        let Some(configuration) = filling.lock().expect("nobody panics").take() else { return };
        let arguments = [("lib", lib), ("config", config), ("fact", fact)];
        let collected = collect_modules(eval, &starts, &arguments, &|eval, name, at| {
            eval.make_unknown(Reason::Argument(name.to_owned()), at)
        });
        let gap = collected.gaps().first().cloned();
        let gap = gap.map(|gap| eval.add_unknown(Reason::Told(gap.reason.to_string()), gap.at));
        configuration.fill(collected.written(), gap);
    });
    eval.fill(config, value);
    let function = eval.eval_text("<asked>", &format!("{{ lib, config }}: {expression}"));
    let arguments = eval.make_attrs([("lib", lib), ("config", config)]);
    match eval.call(function, arguments) {
        Ok(value) => {
            // Open parts are shown by what is known of them.
            let _ = eval.force_deep(value);
            eval.print(value)
        }
        Err(Stop::Unknown(id)) => format!("unknown: {}", eval.reasons(id).last().expect("one").reason),
        Err(Stop::Error(id)) => format!("error: {}", eval.error(id).message),
    }
}

#[track_caller]
fn knows(modules: &[&str], expression: &str, value: &str) {
    assert_eq!(read(modules, expression), value, "{expression}");
}

/// Whatever the reason.
#[track_caller]
fn does_not_know(modules: &[&str], expression: &str) {
    let said = read(modules, expression);
    assert!(said.starts_with("unknown: "), "{expression}: {said}");
}

const FACT: &str = "unknown: a fact nobody knows";

#[test]
fn a_plain_definition_decides() {
    knows(&["{ a.b = 1; }"], "config.a.b", "1");
    knows(&["{ a.b = 1; }", "{ lib, ... }: { a.b = lib.mkForce 2; }"], "config.a.b", "2");
    knows(&["{ lib, ... }: { net.name = lib.mkDefault \"x\"; }"], "config.net.name", "\"x\"");
    knows(&["{ }"], "config.net.name", "\"none\"");
    does_not_know(&["{ }"], "config.a.b");
    does_not_know(&["{ }"], "config.a ? b");
}

#[test]
fn a_name_that_is_only_defined_under_a_condition_may_not_be_there() {
    let of =
        |condition: &str| format!("{{ lib, fact, ... }}: {{ a.b = lib.mkIf ({condition}) {{ c = 1; }}; }}");
    knows(&[&of("true")], "config.a ? b", "true");
    knows(&[&of("true")], "config.a.b.c", "1");
    knows(&[&of("true")], "config.a.b.c or 2", "1");
    // An option is there, an attribute of a set is not.
    does_not_know(&[&of("false")], "config.a ? b");
    does_not_know(&[&of("fact")], "config.a ? b");
    does_not_know(&[&of("fact")], "config.a.b.c or 2");
    does_not_know(&[&of("fact")], "builtins.hasAttr \"b\" config.a");
    does_not_know(&[&of("fact")], "lib.mapAttrs (name: value: 1) config.a ? b");
    knows(&[&of("fact"), "{ a.b.d = 1; }"], "config.a ? b", "true");
    knows(&["{ a.b = { c = 1; }; }"], "config.a ? b", "true");
    does_not_know(&["{ lib, ... }: { a.b = lib.mkMerge [ ]; }"], "config.a ? b");
    does_not_know(&["{ fact, ... }: { a.b = fact; }"], "config.a ? b");
    // In a set that is declared it is decided.
    let key =
        |condition: &str| format!("{{ lib, fact, ... }}: {{ net.keys.k = lib.mkIf ({condition}) \"x\"; }}");
    knows(&[&key("true")], "config.net.keys ? k", "true");
    knows(&[&key("false")], "config.net.keys ? k", "false");
    does_not_know(&[&key("fact")], "config.net.keys ? k");
    // Options that nobody but NixOS declares are options beside those that are declared here.
    knows(&["{ lib, ... }: { net.other = lib.mkIf false 1; }"], "config.net ? other", "true");
}

#[test]
fn what_asks_for_its_own_neighbour_is_no_error() {
    let module =
        "{ lib, config, ... }: { a.b = lib.mkIf (config.a ? c) 1; a.c = lib.mkIf (config.a ? b) 1; }";
    does_not_know(&[module], "config.a.b");
    let module = "{ lib, config, ... }: { a.b = lib.mkIf (config.a.c == 1) 2; a.c = lib.mkIf true 1; }";
    knows(&[module], "config.a.b", "2");
    knows(&[module], "config.a ? b", "true");
}

#[test]
fn an_unknown_definition_may_be_of_any_strength() {
    let plain = "{ a.b = 1; net.name = \"x\"; net.tags = [ \"t\" ]; }";
    let unknown = "{ fact, ... }: { a.b = fact; net.name = fact; net.tags = fact; }";
    for option in ["a.b", "net.name", "net.tags"] {
        knows(&[plain, unknown], &format!("config.{option}"), FACT);
        let forced = "{ lib, ... }: { a.b = lib.mkForce 2; net.name = lib.mkForce \"y\"; net.tags = lib.mkForce [ ]; }";
        knows(&[plain, forced, unknown], &format!("config.{option}"), FACT);
    }
    // Its strength is known here, and it is weaker.
    let weak = "{ lib, fact, ... }: { a.b = lib.mkDefault fact; net.name = lib.mkDefault fact; }";
    knows(&[plain, weak], "config.a.b", "1");
    knows(&[plain, weak], "config.net.name", "\"x\"");
    let never = "{ lib, fact, ... }: { a.b = lib.mkIf false fact; net.name = lib.mkIf false fact; }";
    knows(&[plain, never], "config.a.b", "1");
    knows(&[plain, never], "config.net.name", "\"x\"");
    let perhaps = "{ lib, fact, ... }: { a.b = lib.mkIf fact 1; }";
    does_not_know(&[plain, perhaps], "config.a.b");
    let merged = "{ lib, fact, ... }: { a.b = lib.mkMerge fact; net.name = lib.mkMerge fact; }";
    knows(&[plain, merged], "config.a.b", FACT);
    knows(&[plain, merged], "config.net.name", FACT);
    let strength =
        "{ lib, fact, ... }: { a.b = lib.mkOverride fact 3; net.name = lib.mkOverride fact \"z\"; }";
    knows(&[plain, strength], "config.a.b", FACT);
    knows(&[plain, strength], "config.net.name", FACT);
}

#[test]
fn a_set_that_is_not_known_is_a_module_that_cannot_be_read() {
    let unknown = "{ fact, ... }: { net = fact; }";
    knows(&[unknown], "config.net.name", FACT);
    knows(&["{ net.name = \"x\"; }", unknown], "config.net.name", "\"x\"");
    knows(&["{ lib, ... }: { net.name = lib.mkDefault \"x\"; }", unknown], "config.net.name", FACT);
    knows(&["{ net.tags = [ \"t\" ]; }", unknown], "config.net.tags", FACT);
    let all = "{ lib, fact, ... }: { config = lib.mkMerge [ { a.b = 1; } fact ]; }";
    knows(&[all], "config.a.b", "1");
    knows(&[all], "config.net.name", FACT);
    // What it shows is known.
    knows(&["{ fact, ... }: { net = fact // { name = \"x\"; }; }"], "config.net.name", "\"x\"");
}

#[test]
fn a_disabled_module_defines_nothing() {
    let other = "{ lib, ... }: { imports = [ ./m1.nix ]; net.name = lib.mkDefault \"other\"; }";
    let name = "{ net.name = \"x\"; }";
    knows(&[other, name], "config.net.name", "\"x\"");
    let disables = |what: &str| format!("{{ lib, fact, modulesPath, ... }}: {{ disabledModules = {what}; }}");
    knows(&[other, name, &disables("[ ./m1.nix ]")], "config.net.name", "\"other\"");
    knows(&[other, name, &disables("[ (toString ./m1.nix) ]")], "config.net.name", "\"other\"");
    knows(&[other, name, &disables("[ { key = toString ./m1.nix; } ]")], "config.net.name", "\"other\"");
    knows(
        &[other, name, &disables("[ \"services/x.nix\" \"m1.nix\" ./m9.nix ]")],
        "config.net.name",
        "\"x\"",
    );
    // What it imports goes with it, unless something else imports that too.
    knows(&[other, name, &disables("[ ./m0.nix ]")], "config.net.name", "\"x\"");
    let keyed = "{ key = \"mine\"; net.name = \"x\"; }";
    knows(&[other, keyed, &disables("[ { key = \"mine\"; } ]")], "config.net.name", "\"other\"");
    // Disabled modules disable others all the same.
    let both = "{ disabledModules = [ ./m1.nix ./m2.nix ]; }";
    knows(&[other, name, both], "config.net.name", "\"other\"");
    for unknown in ["fact", "[ fact ]", "[ ./m9.nix ] ++ fact", "[ \"${fact}/x.nix\" ]"] {
        knows(&[other, name, &disables(unknown)], "config.net.name", FACT);
        does_not_know(&["{ a.b = 1; }", &disables(unknown)], "config.a.b");
    }
}
