//! Hosts that modules compute from what is known of machines: names, options of their own, other machines.

use super::run;

/// The host of machine `web` in a network of these texts; `network.nix` is the first.
fn host(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let ran = run(folder.path(), &["show", files[0].0, "web", "deployment.targetHost", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    let setting = &json["machines"][0]["settings"][0];
    match setting["value"].as_str() {
        Some(value) => value.to_owned(),
        None => {
            let because = setting["because"].as_array().cloned().unwrap_or_default();
            let links: Vec<String> = because
                .iter()
                .map(|it| {
                    format!("{} ({})", it["reason"].as_str().unwrap_or(""), it["at"].as_str().unwrap_or("-"))
                })
                .collect();
            format!("{}: {}{}", ran.code.number(), links.join(", because "), ran.stderr)
        }
    }
}

fn host_of(module: &str) -> String {
    host(&[("network.nix", &format!("{{ web = {module}; db.networking.domain = \"internal\"; }}"))])
}

#[test]
fn the_name_and_the_names_of_nixos() {
    assert_eq!(
        host_of(r#"{ name, ... }: { deployment.targetHost = "${name}.nixos.org"; }"#),
        "\"web.nixos.org\""
    );
    assert_eq!(
        host_of(
            r#"{ config, ... }: { networking.domain = "lan"; deployment.targetHost = config.networking.fqdn; }"#
        ),
        "\"web.lan\""
    );
    assert_eq!(
        host_of(
            r#"{ config, ... }: { networking.hostName = "w1"; networking.domain = "lan"; deployment.targetHost = config.networking.fqdn; }"#
        ),
        "\"w1.lan\""
    );
    assert_eq!(
        host_of(r#"{ config, ... }: { deployment.targetHost = config.networking.hostName; }"#),
        "\"web\""
    );
    // Weaker than the name that the machine is given.
    assert_eq!(
        host_of(
            r#"{ config, lib, ... }: { networking.hostName = lib.mkDefault "w1"; deployment.targetHost = config.networking.hostName; }"#
        ),
        "\"web\""
    );
    assert_eq!(
        host_of(r#"{ config, ... }: { deployment.targetHost = config.networking.fqdn; }"#),
        "0: it has no value: it needs a `networking.domain` (network.nix:1:52)"
    );
}

#[test]
fn priorities_decide() {
    assert_eq!(
        host_of(
            r#"{ lib, ... }: { imports = [ { deployment.targetHost = lib.mkDefault "a"; } { deployment.targetHost = "b"; } ]; }"#
        ),
        "\"b\""
    );
    assert_eq!(
        host_of(
            r#"{ lib, ... }: { imports = [ { deployment.targetHost = "a"; } { deployment.targetHost = lib.mkForce "b"; } ]; }"#
        ),
        "\"b\""
    );
    assert_eq!(
        host_of(
            r#"{ config, lib, ... }: { imports = [ { networking.hostName = "a"; } { networking = lib.mkForce { hostName = "b"; }; } ];
               deployment.targetHost = config.networking.hostName; }"#
        ),
        "\"b\""
    );
}

#[test]
fn options_of_the_network_have_their_types_and_defaults() {
    let options = r#"{ lib, config, ... }: {
      options.resources = {
        hostname = lib.mkOption { type = lib.types.str; default = config.networking.hostName; };
        networking.domain = lib.mkOption { type = lib.types.str; };
        port = lib.mkOption { type = lib.types.coercedTo lib.types.int toString lib.types.str; default = 22; };
      };
    }"#;
    let network = r#"{
      web = { config, ... }: {
        imports = [ ./options.nix ];
        resources.networking.domain = "shop.example.org";
        deployment.targetHost = "${config.resources.hostname}.${config.resources.networking.domain}";
        deployment.sshOptions = [ "-p" config.resources.port ];
      };
    }"#;
    assert_eq!(host(&[("network.nix", network), ("options.nix", options)]), "\"web.shop.example.org\"");
    let hosts = r#"{ lib, ... }: {
      options.my.hosts = lib.mkOption {
        type = lib.types.attrsOf (lib.types.submodule ({ name, ... }: {
          options.ip = lib.mkOption { type = lib.types.str; };
          options.fqdn = lib.mkOption { type = lib.types.str; default = "${name}.lan"; };
        }));
        default = { };
      };
      config.my.hosts.web.ip = "10.0.0.7";
      config.my.hosts.db.ip = "10.0.0.8";
    }"#;
    let network = |host: &str| {
        format!(
            "{{ web = {{ config, name, lib, ... }}: {{ imports = [ ./hosts.nix ]; deployment.targetHost = {host}; }}; }}"
        )
    };
    let host = |text: &str| host(&[("network.nix", &network(text)), ("hosts.nix", hosts)]);
    assert_eq!(host("config.my.hosts.${name}.ip"), "\"10.0.0.7\"");
    assert_eq!(host("config.my.hosts.${name}.fqdn"), "\"web.lan\"");
    assert_eq!(host("lib.concatStringsSep \"-\" (lib.attrNames config.my.hosts)"), "\"db-web\"");
}

#[test]
fn lists_are_joined_in_the_order_of_nixos() {
    let network = r#"{
      defaults = { my.names = [ "defaults" ]; };
      web = { config, lib, ... }: {
        imports = [ { imports = [ { my.names = [ "deep" ]; } ]; my.names = [ "first" ]; } { my.names = [ "second" ]; } ];
        options.my.names = lib.mkOption { type = lib.types.listOf lib.types.str; };
        config.my.names = [ "web" ];
        config.deployment.targetHost = lib.concatStringsSep "-" config.my.names;
      };
    }"#;
    assert_eq!(host(&[("network.nix", network)]), "\"deep-second-first-web-defaults\"");
}

#[test]
fn other_machines_are_asked_lazily() {
    let network = r#"{
      db = { config, nodes, ... }: {
        networking.domain = "internal";
        deployment.targetHost = "db.${nodes.web.config.networking.domain}";
      };
      web = { config, nodes, lib, ... }: {
        networking.domain = nodes.db.config.networking.domain;
        deployment.targetHost = "${config.networking.hostName}.${nodes.db.config.deployment.targetHost}";
      };
      bad = { nodes, ... }: { deployment.targetHost = throw "nobody asks for it"; };
    }"#;
    assert_eq!(host(&[("network.nix", network)]), "\"web.db.internal\"");
    let all = r#"{
      web = { nodes, lib, ... }: { deployment.targetHost = lib.concatStringsSep "+" (lib.mapAttrsToList (n: v: v.config.deployment.targetHost) (removeAttrs nodes [ "web" ])); };
      a.deployment.targetHost = "10.0.0.1";
      b = { };
    }"#;
    assert_eq!(host(&[("network.nix", all)]), "\"10.0.0.1+b\"");
}

#[test]
fn arguments_come_from_the_network_and_from_modules() {
    let hive = r#"{
      meta.specialArgs = { domain = "lan"; };
      meta.nodeSpecialArgs.web = { rack = "r7"; };
      web = { name, domain, rack, ... }: { deployment.targetHost = "${name}.${rack}.${domain}"; };
    }"#;
    assert_eq!(host(&[("hive.nix", hive)]), "\"web.r7.lan\"");
    let network = r#"{
      network.specialArgs = { domain = "lan"; };
      web = { name, domain, ip, ... }: {
        imports = [ { _module.args.ip = "10.0.0.9"; } ];
        deployment.targetHost = if domain == "lan" then ip else "no";
      };
    }"#;
    assert_eq!(host(&[("network.nix", network)]), "\"10.0.0.9\"");
}

#[test]
fn options_that_nobody_declares_are_not_guessed() {
    assert_eq!(
        host_of(
            r#"{ config, ... }: { deployment.targetHost = "h${toString config.services.openssh.port}"; }"#
        ),
        "0: `config.services.openssh.port` is an option of NixOS, known only to Nix (network.nix:1:65)"
    );
    // A plain definition decides; a list may be longer, a default may be replaced.
    assert_eq!(
        host_of(
            r#"{ config, ... }: { services.x.name = "plain"; deployment.targetHost = config.services.x.name; }"#
        ),
        "\"plain\""
    );
    for value in ["lib.mkIf (builtins.getEnv \"A\" == \"\") \"x\"", "[ \"x\" ]", "./x"] {
        let host = host_of(&format!(
            "{{ config, lib, ... }}: {{ services.x.name = {value}; deployment.targetHost = toString config.services.x.name; }}"
        ));
        assert!(host.starts_with("0: "), "{value}: {host}");
    }
    // What is only there under a condition may not be there.
    let with = |condition: &str| {
        host_of(&format!(
            "{{ config, lib, ... }}: {{ services.x.hosts = lib.mkIf ({condition}) {{ a = 1; }}; services.y.enable = true;
               deployment.targetHost = if config.services.x.hosts ? a then \"with\" else \"without\"; }}"
        ))
    };
    assert_eq!(with("config.services.y.enable"), "\"with\"");
    for condition in
        ["!config.services.y.enable", "config.services.z.enable", "builtins.getEnv \"A\" == \"\""]
    {
        let host = with(condition);
        assert!(host.starts_with("0: "), "{condition}: {host}");
    }
}

#[test]
fn a_set_that_is_not_known_may_define_any_option() {
    for module in [
        r#"{ config, ... }: { networking = builtins.fromJSON (builtins.getEnv "X"); deployment.targetHost = config.networking.hostName; }"#,
        r#"{ config, ... }: { networking = { domain = "x"; } // builtins.fromJSON (builtins.getEnv "X"); deployment.targetHost = config.networking.hostName; }"#,
        r#"{ config, lib, ... }: { networking = lib.mkMerge [ { domain = "x"; } (builtins.fromJSON (builtins.getEnv "X")) ]; deployment.targetHost = config.networking.hostName; }"#,
    ] {
        let said = host_of(module);
        assert!(said.contains("getEnv"), "{module}: {said}");
    }
}

#[test]
fn nodes_of_deploy_rs_have_their_settings_from_three_levels() {
    let flake = r#"{
      outputs = { self }: {
        deploy = {
          sshUser = "all";
          sshOpts = [ "-4" ];
          hostname = "nobody";
          nodes.web = { hostname = "[::1]:2222"; sshOpts = [ "-C" ]; profiles.system = { sshUser = null; sshOpts = [ "-v" ]; path = 1; }; };
        };
      };
    }"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flake.nix"), flake).unwrap();
    let ran = run(folder.path(), &["show", "flake.nix", "web"]);
    for said in ["\"::1\"", "2222", "\"all\"", "[ \"-v\" \"-C\" \"-4\" ]"] {
        assert!(ran.stdout.contains(said), "{said}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn modules_that_need_themselves_are_no_panic_and_no_false_alarm() {
    for module in [
        "{ config, ... }: { deployment.targetHost = config.deployment.targetHost; }",
        "{ config, lib, ... }: { imports = lib.optional config.services.x.enable ./x.nix; }",
        "{ config, lib, ... }: lib.mkIf config.deployment.buildOnTarget { deployment.targetHost = \"x\"; }",
        "{ config, lib, ... }: { config = lib.mkMerge [ (lib.mkIf (config.networking.domain == null) { networking.hostName = \"x\"; }) ]; }",
        "{ nodes, ... }: { imports = [ nodes.web.config.x ]; }",
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("network.nix"), format!("{{ web = {module}; }}")).unwrap();
        let ran = run(folder.path(), &["check", "network.nix"]);
        assert!(!ran.stdout.contains("error["), "{module}: {}", ran.stdout);
    }
    // Conditions are not asked for before somebody needs what stands below them.
    let host = host_of(
        r#"{ config, lib, ... }: { config = lib.mkIf config.services.x.enable { services.x.port = 1; deployment.targetHost = "yes"; };
            imports = [ { services.x.enable = true; } ]; }"#,
    );
    assert_eq!(host, "\"yes\"");
}
