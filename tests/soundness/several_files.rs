//! Networks of several files, with halves, arguments and `require`, and the defaults of each dialect: the static model
//! and Nix say the same of every machine, and what NixOps would say. Where Nix fails, the static half finds it, too.
//!
//! Uses the Nix on the PATH, and says so where there is none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nixwright::checks::{self, Levels};
use nixwright::network::{Argument, Machine, Network, Request, Setting};
use nixwright::nix::{Asked, Input, Nix, NixError, evaluate};
use nixwright::system::{OsFiles, System};

/// A network, and what is to come out.
struct Case {
    files: &'static [(&'static str, &'static str)],
    /// The files that are given.
    given: &'static [&'static str],
    /// Name and Nix text.
    arguments: &'static [(&'static str, &'static str)],
    expected: Expected,
}

enum Expected {
    /// A line per machine: host, user, port, tags, options for ssh.
    Machines(&'static str),
    /// A part of Nix' message, and the check that finds it.
    Fails(&'static str, &'static str),
}

const HALVES: &[(&str, &str)] = &[
    (
        "logical.nix",
        r#"{ tag, more ? "m", ... }: {
             network.description = "the first"; require = [ ./required-1.nix ./required-2.nix ];
             defaults.deployment.sshOptions = [ "of all" ];
             web = { name, nodes, resources, ... }: {
               deployment.tags = [ tag more name nodes.db.config.deployment.targetHost resources.machines.db.deployment.targetHost ];
               deployment.sshOptions = [ "logical" ];
             };
             db = ./db.nix;
           }"#,
    ),
    (
        "physical.nix",
        r#"{ network.description = "the second"; web = { deployment.targetHost = "10.0.0.1"; deployment.sshOptions = [ "physical" ]; };
             db.deployment.targetHost = "10.0.0.2"; }"#,
    ),
    (
        "db.nix",
        r#"{ lib, ... }: { imports = [ ./deeper.nix ]; deployment.sshOptions = lib.mkAfter [ "db" ]; networking.hostName = "store"; }"#,
    ),
    (
        "deeper.nix",
        r#"{ lib, ... }: { deployment.sshOptions = [ "deeper" ]; deployment.targetUser = lib.mkDefault "deploy"; }"#,
    ),
    // A circle, and one file reached in two ways.
    (
        "required-1.nix",
        r#"{ tag, ... }: { require = [ ./required-3.nix ./logical.nix ]; web.deployment.sshOptions = [ "one" tag ]; }"#,
    ),
    (
        "required-2.nix",
        r#"{ require = [ ./required-3.nix ]; web.deployment.sshOptions = [ "two" ]; extra = { }; }"#,
    ),
    (
        "required-3.nix",
        r#"{ require = [ ./required-1.nix ]; web.deployment.sshOptions = [ "three" ]; defaults.deployment.sshOptions = [ "of all, too" ]; }"#,
    ),
];

const STRICT: &[(&str, &str)] = &[("network.nix", "{ a }: { web.deployment.targetHost = a; }")];

const CASES: &[Case] = &[
    Case {
        files: HALVES,
        given: &["logical.nix", "physical.nix"],
        arguments: &[("tag", "\"T\"")],
        expected: Expected::Machines(
            "db: 10.0.0.2, deploy, -, [], [deeper of all, too of all db]\n\
             extra: extra, root, -, [], [of all, too of all]\n\
             web: 10.0.0.1, root, -, [T m web 10.0.0.2 10.0.0.2], [three two one T physical logical of all, too of all]\n",
        ),
    },
    Case {
        files: HALVES,
        given: &["physical.nix", "logical.nix", "physical.nix"],
        arguments: &[("tag", "\"T\""), ("more", "\"and\" + \" more\"")],
        expected: Expected::Machines(
            "db: 10.0.0.2, deploy, -, [], [deeper of all, too of all db]\n\
             extra: extra, root, -, [], [of all, too of all]\n\
             web: 10.0.0.1, root, -, [T and more web 10.0.0.2 10.0.0.2], [three two one T logical physical of all, too of all]\n",
        ),
    },
    Case {
        files: STRICT,
        given: &["network.nix"],
        arguments: &[("a", "\"h\"")],
        expected: Expected::Machines("web: h, root, -, [], []\n"),
    },
    Case {
        files: STRICT,
        given: &["network.nix"],
        arguments: &[],
        expected: Expected::Fails("called without required argument 'a'", "network-arguments"),
    },
    Case {
        files: STRICT,
        given: &["network.nix"],
        arguments: &[("a", "\"h\""), ("b", "1")],
        expected: Expected::Fails("called with unexpected argument 'b'", "network-arguments"),
    },
    Case {
        files: &[("network.nix", "given: { web.deployment.tags = builtins.attrNames given; }")],
        given: &["network.nix"],
        arguments: &[("b", "1"), ("a", "2")],
        expected: Expected::Machines("web: web, root, -, [a b], []\n"),
    },
    // A string, other than a path, is relative to nothing.
    Case {
        files: &[("network.nix", "{ require = [ \"./db.nix\" ]; web = { }; }"), ("db.nix", "{ db = { }; }")],
        given: &["network.nix"],
        arguments: &[],
        expected: Expected::Fails("absolute path", "always-fails"),
    },
    // NixOps asks the machine's own ssh server for the port.
    Case {
        files: &[(
            "network.nix",
            r#"{ a.services.openssh.ports = [ 2222 22 ];
                 b = { lib, ... }: { services.openssh.ports = lib.mkForce [ 23 ]; };
                 c = { lib, config, ... }: { services = lib.mkIf (config.deployment.tags == [ ]) { openssh.ports = [ 24 ]; }; };
                 d = { services.openssh.ports = [ 25 ]; deployment.targetPort = 22; };
                 e = { imports = [ { services.openssh.ports = [ 26 ]; } { services.openssh.ports = [ 27 ]; } ]; services.openssh.ports = [ 28 ]; };
                 f.services.openssh.enable = true; }"#,
        )],
        given: &["network.nix"],
        arguments: &[],
        expected: Expected::Machines(
            "a: a, root, 2222, [], []\nb: b, root, 23, [], []\nc: c, root, 24, [], []\nd: d, root, 22, [], []\n\
             e: e, root, 27, [], []\nf: f, root, -, [], []\n",
        ),
    },
    // NixOps tells a machine its name, more strongly than `mkDefault`.
    Case {
        files: &[("network.nix", NAMES)],
        given: &["network.nix"],
        arguments: &[],
        expected: Expected::Machines(
            "plain: p.x, root, -, [], []\nsilent: silent.x, root, -, [], []\nweak: weak.x, root, -, [], []\n",
        ),
    },
    // Morph tells it as `mkDefault` does, and leaves the user to ssh.
    Case {
        files: &[
            ("machines.nix", NAMES),
            (
                "network.nix",
                r#"let machines = removeAttrs (import ./machines.nix) [ "weak" ]; in
                   { network.pkgs = import <nixpkgs> { }; defaults.deployment.sshOptions = [ "all" ];
                     own = { deployment.targetUser = "me"; deployment.sshOptions = [ "own" ]; services.openssh.ports = [ 2222 ]; }; } // machines"#,
            ),
        ],
        given: &["network.nix"],
        arguments: &[],
        expected: Expected::Machines(
            "own: own, me, -, [], [own all]\nplain: p.x, -, -, [], [all]\nsilent: silent.x, -, -, [], [all]\n",
        ),
    },
    // colmena does not.
    Case {
        files: &[
            ("machines.nix", NAMES),
            (
                "hive.nix",
                r#"{ meta.nixpkgs = <nixpkgs>; defaults.deployment.sshOptions = [ "all" ]; require.deployment.targetHost = null;
                     list = [ { deployment.sshOptions = [ "one" ]; } ({ lib, ... }: { deployment.sshOptions = lib.mkBefore [ "two" ]; }) ]; }
                   // import ./machines.nix"#,
            ),
        ],
        given: &["hive.nix"],
        arguments: &[],
        expected: Expected::Machines(
            "list: list, root, -, [], [two one all]\nplain: p.x, root, -, [], [all]\nrequire: null, root, -, [], [all]\n\
             silent: nixos.x, root, -, [], [all]\nweak: w.x, root, -, [], [all]\n",
        ),
    },
    // A hive may be a set that is a function.
    Case {
        files: &[(
            "hive.nix",
            "{ __functor = _: _: { meta.nixpkgs = <nixpkgs>; web.deployment.targetPort = 2022; }; }",
        )],
        given: &["hive.nix"],
        arguments: &[],
        expected: Expected::Machines("web: web, root, 2022, [], []\n"),
    },
];

/// Machines whose hosts follow from their names.
const NAMES: &str = r#"{
  silent = { config, ... }: { deployment.targetHost = "${config.networking.hostName}.x"; };
  weak = { config, lib, ... }: { networking.hostName = lib.mkDefault "w"; deployment.targetHost = "${config.networking.hostName}.x"; };
  plain = { config, ... }: { networking.hostName = "p"; deployment.targetHost = "${config.networking.hostName}.x"; };
}"#;

fn nixpkgs() -> String {
    format!("nixpkgs={}/fixtures/nixpkgs", env!("CARGO_MANIFEST_DIR"))
}

fn load(case: &Case, files: &[PathBuf]) -> Network {
    let mut request = Request::new(Arc::new(OsFiles), files.to_vec());
    request.nix_path = Some(nixpkgs());
    for (name, text) in case.arguments {
        request.arguments.set(*name, Argument::Expression((*text).to_owned()));
    }
    Network::load(&request).expect("the files are there")
}

/// What the static half says of a machine.
fn line(network: &Network, machine: &Machine) -> String {
    let value = |option: &str| {
        let account = network.account(machine, &["deployment", option]);
        match &account.setting {
            Setting::Unknown(why) => format!("unknown: {why}"),
            Setting::Known(_) => account.written(),
            Setting::Unset => account.default.as_ref().map_or_else(String::new, |it| it.written()),
        }
    };
    let list = |option: &str| value(option).replace("[ ", "[").replace(" ]", "]").replace('"', "");
    let scalar = |option: &str| match value(option).trim_matches('"') {
        "null" if option != "targetHost" => "-".to_owned(),
        other => other.to_owned(),
    };
    format!(
        "{}: {}, {}, {}, {}, {}\n",
        machine.name,
        scalar("targetHost"),
        scalar("targetUser"),
        scalar("targetPort"),
        list("tags"),
        list("sshOptions")
    )
}

/// What Nix says of all machines.
async fn asked(nix: &Nix, case: &Case, files: &[PathBuf]) -> Result<String, NixError> {
    let arguments: Vec<(String, String)> =
        case.arguments.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let asked = Asked {
        input: Input::Files(files),
        dialect: None,
        arguments: &arguments,
        uuid: "u".to_owned(),
        deployment: "d".to_owned(),
        machines: std::collections::BTreeMap::new(),
        only: None,
        derivations: false,
        keys: false,
        examine: false,
        values: &[],
        names: &[],
    };
    let mut lines = String::new();
    for (name, machine) in evaluate(nix, &asked).await?.machines {
        let it = machine.deployment;
        let or = |value: Option<String>, nothing: &str| value.unwrap_or_else(|| nothing.to_owned());
        let host = or(it.target_host, "null");
        let (user, port) = (or(it.target_user, "-"), or(it.target_port.map(|it| it.to_string()), "-"));
        let (tags, ssh) = (it.tags.join(" "), it.ssh_options.join(" "));
        writeln!(lines, "{name}: {host}, {user}, {port}, [{tags}], [{ssh}]").unwrap();
    }
    Ok(lines)
}

fn written(case: &Case, folder: &Path) -> Vec<PathBuf> {
    for (name, text) in case.files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    case.given.iter().map(|name| folder.join(name)).collect()
}

#[test]
fn the_static_half_and_nix_say_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let nix = runtime.block_on(Nix::find(&System::os())).ok().map(|mut nix| {
        nix.path = vec![nixpkgs()];
        nix.options = vec![("store".to_owned(), "dummy://".to_owned())];
        nix
    });
    if nix.is_none() {
        println!("skipped: Nix' half of it, for there is no Nix here");
    }
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        let files = written(case, &std::fs::canonicalize(folder.path()).unwrap());
        let network = load(case, &files);
        let theirs = nix.as_ref().map(|nix| runtime.block_on(asked(nix, case, &files)));
        match case.expected {
            Expected::Machines(lines) => {
                let ours: String = network.machines.iter().map(|it| line(&network, it)).collect();
                assert_eq!(ours, lines, "{:?} statically", case.given);
                assert!(network.is_complete(), "{:?}", network.open);
                if let Some(theirs) = theirs {
                    assert_eq!(theirs.unwrap(), lines, "{:?} as Nix has it", case.given);
                }
            }
            Expected::Fails(message, check) => {
                let found = checks::run(&network, &Levels::default());
                assert!(found.iter().any(|it| it.id == check), "{:?}: no {check}", case.given);
                if let Some(theirs) = theirs {
                    let said = theirs.expect_err("Nix fails, too").to_string();
                    assert!(said.contains(message), "{said}");
                }
            }
        }
    }
}
