//! What is said after a change of one machine's file is what is said when everything is read: for changes that people make, in
//! a network whose machines have to do with each other in many ways. `EDITS=5000` plays more of them, `SEED=7` others.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use lsp_types::{Diagnostic, TextDocumentContentChangeEvent, Url};

use super::analysis_tests::{disk, open};
use super::{Analysis, Analyst, Settings, World, diagnostics};

/// Shared modules, values handed on by machines, secrets, folders, computed paths, and machines written in the network itself.
const FILES: [(&str, &str); 17] = [
    (
        "/net/network.nix",
        r#"{ region ? "eu", ... }:
        let site = "example.org"; shared = import ./shared.nix; in {
          network.description = "machines";
          defaults = { lib, ... }: { imports = [ ./common.nix ]; deployment.targetUser = lib.mkDefault "root"; };
          a = import ./a;
          b = ./b.nix;
          c = { imports = [ ./c.nix ./c-more.nix ]; };
          d = { nodes, ... }: { imports = [ ./d.nix ]; deployment.targetHost = nodes.a.config.networking.hostName; };
          e = { name, ... }: { imports = [ (./hosts + "/${name}.nix") ]; };
          f = import ./f.nix { inherit region site; };
          g = shared.g;
          h = { deployment.targetHost = "h.example.org"; };
          i = { imports = [ <mine/c-more.nix> ]; };
        }"#,
    ),
    ("/net/shared.nix", "{ g = import ./g.nix; port = 2200; }"),
    ("/net/common.nix", "{ config, ... }: { networking.domain = \"internal\"; time.timeZone = \"UTC\"; }"),
    (
        "/net/a/default.nix",
        "{ lib, ... }: {\n  imports = [ ./target.nix ./config.nix ];\n  networking.hostName = \"a\";\n  deployment.tags = [ \"front\" ];\n}\n",
    ),
    (
        "/net/a/target.nix",
        "{ lib, ... }:\nlet port = 22; in {\n  deployment = {\n    targetHost = \"a.example.org\";\n    targetPort = port;\n    dependsOn = [ \"b\" ];\n  };\n}\n",
    ),
    (
        "/net/a/config.nix",
        "{ config, nodes, ... }: {\n  services.nginx.enable = true;\n  environment.etc.peer.text = \"${nodes.b.config.networking.hostName} ${toString nodes.c.config.deployment.targetPort}\";\n  services.openssh.enable = true;\n  system.stateVersion = \"24.05\";\n}\n",
    ),
    (
        "/net/b.nix",
        "{ config, nodes, lib, ... }: {\n  networking.hostName = \"b\";\n  deployment.targetHost = \"b.example.org\";\n  deployment.keys.token = { text = \"x\"; user = \"root\"; };\n  deployment.targetPort = lib.mkIf (nodes.a.config.services.nginx.enable) 2222;\n}\n",
    ),
    (
        "/net/c.nix",
        "{ nodes, ... }: {\n  deployment.targetHost = \"c.example.org\";\n  deployment.targetPort = 2023;\n  deployment.dependsOn = [ \"@front\" ];\n  services.foo = nodes.b.config.services.foo;\n}\n",
    ),
    ("/net/c-more.nix", "{ users.users.root.openssh.authorizedKeys.keys = [ \"ssh-ed25519 AAAA c\" ]; }\n"),
    (
        "/net/d.nix",
        "{ nodes, ... }: {\n  networking.firewall.allowedTCPPorts = [ 22 ];\n  deployment.tags = [ nodes.b.config.networking.hostName ];\n  deployment.owners = builtins.attrNames nodes;\n}\n",
    ),
    ("/net/hosts/e.nix", "{ imports = [ ../c-shared.nix ]; deployment.targetHost = \"e.example.org\"; }\n"),
    ("/net/c-shared.nix", "{ deployment.targetPort = 2024; }\n"),
    (
        "/net/f.nix",
        "{ region, site }: { nodes, ... }: {\n  imports = [ \"${toString ./f}/more.nix\" ];\n  deployment.targetHost = \"f.${site}\";\n  deployment.tags = [ region ];\n}\n",
    ),
    ("/net/f/more.nix", "{ deployment.targetPort = 2025; }\n"),
    ("/net/g.nix", "{ nodes, ... }: { deployment.targetHost = nodes.a.config.deployment.targetHost; }\n"),
    ("/net/unread.nix", "{ }\n"),
    ("/other/module.nix", "{ x = 1; }\n"),
];

/// What is changed into what, where it stands: values, names, and things that other machines see or do not.
const CHANGES: [(&str, &str); 45] = [
    ("= 22;", "= 23;"),
    ("= 23;", "= \"22\";"),
    ("= \"22\";", "= 22;"),
    ("\"a.example.org\"", "\"\""),
    ("\"\"", "\"a.example.org\""),
    ("\"b.example.org\"", "\"bb.example.org\""),
    ("2023", "2026"),
    ("2026", "2023"),
    ("hostName = \"a\"", "hostName = \"aa\""),
    ("hostName = \"aa\"", "hostName = \"a\""),
    ("hostName = \"b\"", "hostName = \"b b\""),
    ("hostName = \"b b\"", "hostName = \"b\""),
    ("[ \"b\" ]", "[ \"nobody\" ]"),
    ("[ \"nobody\" ]", "[ \"b\" \"c\" ]"),
    ("[ \"b\" \"c\" ]", "[ \"b\" ]"),
    ("enable = true", "enable = false"),
    ("enable = false", "enable = true"),
    ("[ \"front\" ]", "[ \"front\" \"b\" ]"),
    ("\"front\" \"b\"", "\"front\""),
    ("[ \"@front\" ]", "[ \"@fornt\" ]"),
    ("[ \"@fornt\" ]", "[ \"@front\" ]"),
    ("user = \"root\";", ""),
    ("text = \"x\";", "text = \"x\"; permissions = \"0777\";"),
    ("permissions = \"0777\";", "user = \"root\";"),
    ("\"24.05\"", "\"23.11\""),
    ("nodes.b.", "nodes.c."),
    ("nodes.c.", "nodes.b."),
    ("nodes.a.", "nodes.nobody."),
    ("nodes.nobody.", "nodes.a."),
    ("{\n", "{\n  # more\n"),
    ("  # more\n", "  services.foo.bar = 1;\n"),
    ("  services.foo.bar = 1;\n", ""),
    ("}\n", "  boot.x = y;\n}\n"),
    ("  boot.x = y;\n", ""),
    ("[ ./target.nix ./config.nix ]", "[ ./target.nix ]"),
    ("[ ./target.nix ]", "[ ./target.nix ./config.nix ../c-shared.nix ]"),
    (" ../c-shared.nix ]", " ]"),
    ("targetPort", "targetProt"),
    ("targetProt", "targetPort"),
    ("AAAA c", "AAAA d"),
    ("keys = [", "kyes = ["),
    ("kyes = [", "keys = ["),
    ("users.users", "users.extraUsers"),
    ("AAAA d\" ]; }", "AAAA c\" ]; deployment.targetHost = \"\"; }"),
    ("{ lib, ... }:", "{ lib, pkgs, ... }:"),
];

fn said(analysis: &Analysis) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    diagnostics::of_files(analysis)
}

#[test]
fn what_is_said_of_one_changed_machine_is_what_is_said_of_all() {
    let system = disk(&FILES);
    let number = |name: &str| system.environment.get(name).and_then(|it| it.parse::<u64>().ok());
    let mut world = World::default();
    world.set_folders(vec!["/net".into()]);
    let settings = serde_json::json!({ "include": ["mine=/net"] });
    world.configure(Settings::read(&settings).unwrap());
    for (path, text) in FILES.iter().filter(|(path, _)| path.starts_with("/net")) {
        open(&mut world, &system, path, text);
    }
    let mut analyst = Analyst::new(system.clone());
    let mut dice = number("SEED").unwrap_or(20_261_123);
    let mut below = |most: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % most
    };
    let mut story: Vec<String> = Vec::new();
    let mut changes = 0;
    let edits = number("EDITS").unwrap_or(300);
    let _ = analyst.analyse(&world, &Arc::default());
    while changes < edits {
        let path = PathBuf::from(FILES[below(FILES.len() - 1)].0);
        let (from, to) = CHANGES[below(CHANGES.len())];
        let before = world.documents.get(&path).unwrap().text.clone();
        if !before.contains(from) {
            continue;
        }
        let text = before.replacen(from, to, 1);
        let uri = Url::from_file_path(&path).unwrap();
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text };
        assert!(world.change(&uri, 1, vec![whole]));
        changes += 1;
        story.push(format!("{}: {from:?} becomes {to:?}", path.display()));
        let again = analyst.analyse(&world, &Arc::default()).unwrap();
        let whole = Analyst::new(system.clone()).analyse(&world, &Arc::default()).unwrap();
        let last = story.len().saturating_sub(8);
        assert_eq!(
            said(&again),
            said(&whole),
            "{:#?}\n{}",
            &story[last..],
            world.documents.get(&path).unwrap().text
        );
    }
    let share = analyst.read_again * 100 / edits;
    println!("{share} % of {edits} changes were read as those of one machine");
    assert!(share >= 25, "only {share} % of {edits} changes were read as those of one machine");
}

#[test]
fn what_another_machine_comes_by_in_its_own_way_is_read_for_both() {
    let ways = [
        "{ }",
        "./b.nix",
        "<mine/b.nix>",
        "\"/net/b.nix\"",
        "(/. + \"/net/b.nix\")",
        "(./c + \"/../b.nix\")",
        "./c/${\"..\"}/b.nix",
        "(builtins.dirOf ./c/x + \"/../b.nix\")",
        "\"${toString ./c}/../b.nix\"",
        "(import \"/net/b.nix\")",
        "{ deployment = builtins.scopedImport { } \"/net/b.nix\"; }",
    ];
    for way in ways {
        let network = format!("{{ a = {{ imports = [ ./b.nix ]; }}; z = {{ imports = [ {way} ]; }}; }}");
        let system = disk(&[("/net/network.nix", &network), ("/net/b.nix", "{ }")]);
        let mut world = World::default();
        world.set_folders(vec!["/net".into()]);
        let settings = serde_json::json!({ "include": ["mine=/net"] });
        world.configure(Settings::read(&settings).unwrap());
        open(&mut world, &system, "/net/b.nix", "{ deployment.targetHost = \"b.example.org\"; }");
        let mut analyst = Analyst::new(system.clone());
        let _ = analyst.analyse(&world, &Arc::default());
        let text = "{ deployment.targetHost = \"\"; deployment.tags = [ 1 ]; }".to_owned();
        let whole = TextDocumentContentChangeEvent { range: None, range_length: None, text };
        assert!(world.change(&Url::from_file_path("/net/b.nix").unwrap(), 1, vec![whole]));
        let again = analyst.analyse(&world, &Arc::default()).unwrap();
        assert_eq!(analyst.read_again, u64::from(way == "{ }"), "{way}");
        let whole = Analyst::new(system.clone()).analyse(&world, &Arc::default()).unwrap();
        assert_eq!(said(&again), said(&whole), "{way}");
    }
}
