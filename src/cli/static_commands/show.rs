//! `show`: what its table, its pages and its JSON look like, on all kinds of screens and for all kinds of networks.

use std::path::Path;
use std::sync::Arc;

use super::super::ExitCode;
use super::{Ran, run, run_on};
use crate::system::{OsFiles, Terminal};

/// A folder with a network that has a bit of everything.
fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "network.nix",
        r#"let
  where = import ./where.nix;
in
{
  network.description = "a shop";
  defaults = { lib, ... }: {
    deployment.targetUser = lib.mkDefault "deploy";
    deployment.tags = [ "all" ];
  };
  db = { lib, ... }: {
    deployment.targetHost = "10.0.0.1";
    deployment.targetUser = "root";
    deployment.tags = [ "store" ];
    deployment.targetPort = lib.mkForce 2222;
    networking.domain = "internal";
  };
  "web.shop" = {
    deployment.targetHost = if where.far then "10.0.0.2" else "10.1.0.2";
    deployment.dependsOn = [ "db" ];
    deployment.sshOptions = [ "-o" where.option ];
  };
}
"#,
    );
    write(
        "where.nix",
        "{\n  far = builtins.getEnv \"FAR\" == \"1\";\n  option = builtins.getEnv \"SSH_OPTION\";\n}\n",
    );
    folder
}

fn on_screen(folder: &Path, width: usize, colour: bool, arguments: &[&str]) -> Ran {
    let terminal = Terminal { width, colour_stdout: colour, ..Terminal::default() };
    run_on(terminal, Arc::new(OsFiles), folder, arguments)
}

#[test]
fn keys_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let network = r#"{
      web = { lib, ... }: {
        deployment.keys.a.text = lib.mkDefault "hunter1";
        deployment.keys.b = "hunter2";
        deployment.keys.c = { text = "hunter3"; user = "me"; };
      };
      db = { lib, ... }: {
        imports = [ { deployment.keys = lib.mkDefault { d.text = "hunter4"; }; } ];
        deployment.keys.e.text = "hunter5";
      };
    }"#;
    std::fs::write(folder.path().join("network.nix"), network).unwrap();
    for words in [&["web", "db"][..], &["--json"], &["--all"], &["web", "deployment.keys.c.text"]] {
        let arguments: Vec<&str> = ["show", "network.nix"].iter().chain(words).copied().collect();
        let ran = run(folder.path(), &arguments);
        assert!(ran.stdout.contains("secret"), "{words:?}: {}", ran.stdout);
        assert!(!ran.stdout.contains("hunter"), "{words:?}: {}", ran.stdout);
    }
}

#[test]
fn a_page_says_where_values_come_from_and_why_others_are_not_known() {
    let folder = example();
    let ran = run(folder.path(), &["show", "network.nix", "db", "web.shop"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (ExitCode::Done, ""));
    insta::assert_snapshot!(ran.stdout, @r#"
    db
      defined            network.nix:10:3
      targetHost         "10.0.0.1"
                           network.nix:11:29
      targetUser         "root"
                           network.nix:12:29
                           overridden: "deploy" network.nix:7:29 mkDefault in
                           defaults
      targetPort         2222
                           network.nix:14:29 mkForce
      tags               [ "store" "all" ]
                           network.nix:13:23
                           network.nix:8:23 in defaults
      networking.domain  "internal"
                           network.nix:15:25
      default            allowLocalDeployment = false, alwaysActivate = true,
                         buildOnTarget = false, buildOnly = false, dependsOn = [ ],
                         hasFastConnection = false, healthChecks = { }, hooks = { },
                         hostKeys = [ ], keys = { }, owners = [ ],
                         preDeployChecks = { },
                         privilegeEscalationCommand = [ "sudo" "-H" "--" ],
                         provisionSSHKey = false, reboot = "never",
                         replaceUnknownProfiles = true, rollback = { },
                         secrets = { }, sshOptions = [ ],
                         substituteOnDestination = false, targetEnv = "none"

    web.shop
      defined     network.nix:17:3
      targetHost  not known
                    the condition of this `if` is not known (network.nix:18:29)
                    because `builtins.getEnv "FAR"` is only known when Nix runs
                    (where.nix:2:9)
      targetUser  "deploy"
                    network.nix:7:29 mkDefault in defaults
      dependsOn   [ "db" ]
                    network.nix:19:28
      sshOptions  [ "-o" «unknown» ]
                    network.nix:20:29
                    `builtins.getEnv "SSH_OPTION"` is only known when Nix runs
                    (where.nix:3:12)
      tags        [ "all" ]
                    network.nix:8:23 in defaults
      default     targetPort = null, allowLocalDeployment = false,
                  alwaysActivate = true, buildOnTarget = false, buildOnly = false,
                  hasFastConnection = false, healthChecks = { }, hooks = { },
                  hostKeys = [ ], keys = { }, owners = [ ], preDeployChecks = { },
                  privilegeEscalationCommand = [ "sudo" "-H" "--" ],
                  provisionSSHKey = false, reboot = "never",
                  replaceUnknownProfiles = true, rollback = { }, secrets = { },
                  substituteOnDestination = false, targetEnv = "none"
    "#);
}

#[test]
fn a_page_fits_on_a_narrow_screen() {
    let folder = example();
    let ran = on_screen(folder.path(), 40, false, &["show", "network.nix", "web.shop"]);
    insta::assert_snapshot!(ran.stdout, @r#"
    web.shop
      defined
        network.nix:17:3
      targetHost
        not known
          the condition of this `if` is not
          known (network.nix:18:29)
          because `builtins.getEnv "FAR"` is
          only known when Nix runs
          (where.nix:2:9)
      targetUser
        "deploy"
          network.nix:7:29 mkDefault in
          defaults
      dependsOn
        [ "db" ]
          network.nix:19:28
      sshOptions
        [ "-o" «unknown» ]
          network.nix:20:29
          `builtins.getEnv "SSH_OPTION"` is
          only known when Nix runs
          (where.nix:3:12)
      tags
        [ "all" ]
          network.nix:8:23 in defaults
      default
        targetPort = null,
        allowLocalDeployment = false,
        alwaysActivate = true,
        buildOnTarget = false,
        buildOnly = false,
        hasFastConnection = false,
        healthChecks = { }, hooks = { },
        hostKeys = [ ], keys = { },
        owners = [ ], preDeployChecks = { },
        privilegeEscalationCommand = [
        "sudo" "-H" "--" ],
        provisionSSHKey = false,
        reboot = "never",
        replaceUnknownProfiles = true,
        rollback = { }, secrets = { },
        substituteOnDestination = false,
        targetEnv = "none"
    "#);
    for width in [1, 20, 40, 60, 80, 200] {
        let ran = on_screen(folder.path(), width, false, &["show", "network.nix", "--all"]);
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= width.max(45), "a line of {widest} on a screen of {width}:\n{}", ran.stdout);
    }
}

#[test]
fn colour_is_all_that_a_terminal_adds() {
    let folder = example();
    let plain = on_screen(folder.path(), 80, false, &["show", "network.nix", "--all"]).stdout;
    let coloured = on_screen(folder.path(), 80, true, &["show", "network.nix", "--all"]).stdout;
    assert!(coloured.contains("\u{1b}[1mdb\u{1b}[0m\n"), "{coloured}");
    let mut without = coloured;
    for style in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[33m", "\u{1b}[36m"] {
        without = without.replace(style, "");
    }
    assert_eq!(without, plain);
}

#[test]
fn one_option_is_shown_by_its_path() {
    let folder = example();
    let show = |words: &[&str]| {
        let arguments: Vec<&str> = ["show", "network.nix"].iter().chain(words).copied().collect();
        run(folder.path(), &arguments).stdout
    };
    insta::assert_snapshot!(show(&["db", "deployment.targetPort"]), @r"
    db
      deployment.targetPort  2222
                               network.nix:14:29 mkForce
                             The port of its ssh server. Null: what ssh's own
                             configuration says.
    ");
    insta::assert_snapshot!(show(&["db", "networking.domain"]), @r#"
    db
      networking.domain  "internal"
                           network.nix:15:25
    "#);
    insta::assert_snapshot!(show(&["web.shop", "services.nginx.enable"]), @r"
    web.shop
      services.nginx.enable  not set by the network's files
    ");
    let slip = run(folder.path(), &["show", "network.nix", "db", "deployment.tagretPort"]);
    assert_eq!(
        (slip.code, slip.stderr.as_str()),
        (
            ExitCode::Usage,
            "error: there is no option `deployment.tagretPort`\n  hint: did you mean `targetPort`?\n"
        )
    );
    // A name with a dot is a machine where there is one of that name.
    assert!(show(&["db", "web.shop"]).contains("\nweb.shop\n"));
}

#[test]
fn the_table_and_the_pages_can_be_narrowed() {
    let folder = example();
    let show = |words: &[&str]| {
        let arguments: Vec<&str> = ["show", "network.nix"].iter().chain(words).copied().collect();
        run(folder.path(), &arguments)
    };
    insta::assert_snapshot!(show(&[]).stdout, @r#"
    a shop

    Machine   Host      User    Port  Tags        Needs
    db        10.0.0.1  root    2222  store, all
    web.shop  ?         deploy  22    all         db

    not known: targetHost of `web.shop`: `builtins.getEnv "FAR"` is only known when Nix runs
    "#);
    insta::assert_snapshot!(show(&["--on", "@store"]).stdout, @r"
    a shop

    Machine  Host      User  Port  Tags        Needs
    db       10.0.0.1  root  2222  store, all
    ");
    assert!(show(&["needs(web.shop)"]).stdout.starts_with("db\n"));
    let unknown = show(&["bd"]);
    assert_eq!(unknown.code, ExitCode::Usage);
    insta::assert_snapshot!(unknown.stderr, @r"
    error: no machine is called `bd`
      hint: did you mean `db`?
    ");
}

#[test]
fn the_pages_are_there_as_json() {
    let folder = example();
    let ran = run(folder.path(), &["show", "network.nix", "web.shop", "deployment.targetHost", "--json"]);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "version": 1,
      "dialect": "nixops",
      "description": "a shop",
      "files": [
        "network.nix",
        "where.nix"
      ],
      "complete": true,
      "machines": [
        {
          "name": "web.shop",
          "defined": [
            "network.nix:17:3"
          ],
          "settings": [
            {
              "option": "deployment.targetHost",
              "value": null,
              "unknown": "`builtins.getEnv \"FAR\"` is only known when Nix runs",
              "because": [
                {
                  "reason": "the condition of this `if` is not known",
                  "at": "network.nix:18:29"
                },
                {
                  "reason": "`builtins.getEnv \"FAR\"` is only known when Nix runs",
                  "at": "where.nix:2:9"
                }
              ],
              "definitions": [
                {
                  "at": "network.nix:18:29",
                  "priority": 100,
                  "fromDefaults": false,
                  "certain": true,
                  "decides": false
                }
              ]
            }
          ],
          "dependsOn": [
            "db"
          ],
          "references": [],
          "unknown": []
        }
      ],
      "unknown": [
        "targetHost of `web.shop`: `builtins.getEnv \"FAR\"` is only known when Nix runs"
      ]
    }
    "#);
    let all = run(folder.path(), &["show", "network.nix", "db", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&all.stdout).unwrap();
    let settings = json["machines"][0]["settings"].as_array().unwrap();
    let setting = |name: &str| settings.iter().find(|it| it["option"] == name).unwrap();
    assert_eq!((json["version"].as_u64(), json["machines"].as_array().unwrap().len()), (Some(1), 1));
    assert_eq!(setting("deployment.buildOnTarget")["default"], true);
    assert_eq!(setting("deployment.buildOnTarget")["value"], "false");
    let user = setting("deployment.targetUser");
    assert_eq!(
        (&user["definitions"][0]["decides"], &user["definitions"][1]["decides"]),
        (&true.into(), &false.into())
    );
}

#[test]
fn strange_networks_are_shown_as_far_as_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "broken.nix",
        "{\n  web.deployment.targetHost = \"10.0.0.1\";\n  db = { deployment.targetHost = ; };\n}\n",
    );
    write("empty.nix", "{ }");
    write("wrong.nix", "{ a = 1; b = [ ]; c = import ./missing.nix; d = throw \"no\"; }");
    let show = |file: &str, more: &[&str]| {
        let arguments: Vec<&str> = ["show", file].iter().chain(more).copied().collect();
        let ran = run(folder.path(), &arguments);
        let said = format!("{}{}exit code {}", ran.stdout, ran.stderr, ran.code.number());
        said.replace(&*folder.path().to_string_lossy(), "/net")
    };
    insta::assert_snapshot!(show("./broken.nix", &[]), @r"
    Machine  Host      User  Port  Tags  Needs
    db       ?         root  22
    web      10.0.0.1  root  22

    not known: targetHost of `db`: the code there could not be parsed
    the files have 1 mistake of grammar, so that not all of the network can be seen; `nixwright check` shows where
    exit code 1
    ");
    insta::assert_snapshot!(show("./empty.nix", &[]), @r"
    no machines
    exit code 0
    ");
    insta::assert_snapshot!(show("./empty.nix", &["--all"]), @r"
    no machines
    exit code 0
    ");
    insta::assert_snapshot!(show("./empty.nix", &["web"]), @r"
    error: no machine is called `web`
      hint: the network has no machines
    exit code 2
    ");
    insta::assert_snapshot!(show("./wrong.nix", &[]), @r"
    Machine  Host          User  Port  Tags  Needs
    a        ?             ?     ?     ?     ?
    b        b (its name)  root  22
    c        ?             ?     ?     ?     ?
    d        ?             ?     ?     ?     ?

    not known: all of `a`: its value is no module
    not known: all of `c`: the file `/net/missing.nix` does not exist
    not known: all of `d`: one of its modules fails: no
    exit code 0
    ");
    insta::assert_snapshot!(show("./wrong.nix", &["a", "deployment.targetHost"]), @r"
    a
      deployment.targetHost  not known
                               its value is no module
                             The host name or address under which the machine is
                             reached. Null: it is never deployed to remotely.
    exit code 0
    ");
    let missing = show("missing", &[]);
    assert!(missing.starts_with("error: no network was given, and none of"), "{missing}");
}

#[test]
fn a_thousand_machines_are_a_thousand_lines() {
    let folder = tempfile::tempdir().unwrap();
    let network = "builtins.listToAttrs (builtins.genList (n: { name = \"m${toString n}\"; value.deployment.targetHost = \
                   \"10.0.${toString (n / 250)}.${toString (n - n / 250 * 250)}\"; }) 1000)";
    std::fs::write(folder.path().join("network.nix"), network).unwrap();
    let begun = std::time::Instant::now();
    let table = run(folder.path(), &["show"]);
    assert_eq!((table.code, table.stdout.lines().count()), (ExitCode::Done, 1001));
    let pages = run(folder.path(), &["show", "--all"]);
    assert_eq!(pages.stdout.lines().filter(|it| it.starts_with('m')).count(), 1000);
    assert!(begun.elapsed().as_secs() < 60, "it took {:?}", begun.elapsed());
}

#[test]
fn nothing_in_a_page_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}";
    let network = format!(
        "{{ \"w{bad}\" = {{ deployment.targetHost = \"h{bad}\"; deployment.\"o{bad}\" = 1; \
         deployment.targetUser = builtins.getEnv \"E{bad}\"; }}; }}"
    );
    std::fs::write(folder.path().join("network.nix"), network).unwrap();
    let ran = run(folder.path(), &["show", "--all"]);
    assert!(ran.stdout.contains("not known"), "{}", ran.stdout);
    let raw = |it: char| it != '\n' && (it.is_control() || it == '\u{202e}');
    assert!(!ran.stdout.contains(raw), "{:?}", ran.stdout);
}
