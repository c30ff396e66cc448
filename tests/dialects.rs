//! Networks of other tools, deployed as they are: a hive, a morph network, the configurations of a flake. Keys arrive,
//! health decides.

use crate::deployer::{Deployer, nixpkgs};
use crate::support::run::Run;

fn sent(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter_map(|line| line.split_once("> sent the key ").map(|(_, path)| path)).collect()
}

const HIVE: &str = r#"{
  meta = { nixpkgs = <nixpkgs>; description = "A hive"; };
  defaults = { name, ... }: { environment.etc.who.text = name; networking.firewall.allowedTCPPorts = [ 22 80 ]; };
  web = [
    { services.nginx.enable = true; deployment.tags = [ "front" ]; deployment.dependsOn = [ "db" ]; }
    ({ config, nodes, ... }: {
      environment.etc.other.text = nodes.db.config.environment.etc.who.text;
      deployment.keys.token = { text = "hunter2-first"; group = "nginx"; permissions = "0440"; };
      deployment.keys.late = { name = "late key"; keyCommand = [ "printf" "%s" "from a command" ]; destDir = "/var/lib/late"; uploadAt = "post-activation"; };
    })
  ];
  db = { deployment.keys.tls.keyFile = ./tls.key; };
}
"#;

#[test]
fn a_hive_is_deployed_with_its_keys() {
    let Some(deployer) = Deployer::with(&["web", "db"]) else { return };
    deployer.write("hive.nix", HIVE);
    let _ = deployer.create(&["hive.nix"]);

    let _ = deployer.deploy(&[]).expect_code(1).expect_said("error[key-file-missing]");
    let run = deployer.deploy(&["--no-check"]).expect_code(2);
    let _ = run.expect_said("a key of `db` is not there, so nothing was touched").expect_said("tls.key");
    deployer.write("tls.key", "-----BEGIN\nKEY-----\n");
    let run = deployer.deploy(&[]).expect_code(0).expect_said("activate in this order: db → web");
    assert_eq!(sent(&run), ["/run/keys/tls", "/run/keys/token", "/var/lib/late/late key"]);
    assert_eq!(deployer.on("web", &["cat", "/etc/other"]).ok(), "db");
    assert_eq!(deployer.on("web", &["cat", "/run/keys/token"]).ok(), "hunter2-first");
    assert_eq!(deployer.on("web", &["stat -c '%a %U %G' /run/keys/token"]).ok(), "440 root nginx");
    assert_eq!(deployer.on("web", &["cat '/var/lib/late/late key'"]).ok(), "from a command");
    assert_eq!(deployer.on("db", &["cat", "/run/keys/tls"]).ok(), "-----BEGIN\nKEY-----");

    // A key is nowhere but where it belongs.
    assert!(!run.stderr.contains("hunter2"), "{}", run.report());
    let state = std::fs::read(deployer.state()).expect("there is a state");
    assert!(!String::from_utf8_lossy(&state).contains("hunter2"), "the state holds the key");
    let found = deployer.on("web", &["grep", "-rl", "hunter2", "/nix/store", "/etc"]);
    assert_eq!(found.stdout, "", "{}", found.report());

    // What is there already is not sent again; what changed is; what the network has no more goes.
    let run = deployer.deploy(&[]).expect_code(0);
    assert_eq!(sent(&run), [""; 0]);
    // Whoever may write to a key's folder cannot have it written elsewhere.
    let _ = deployer.on("web", &["ln -s /run/leak /run/keys/token.nixwright-new"]).expect_code(0);
    deployer.write(
        "hive.nix",
        &HIVE
            .replace("hunter2-first", "hunter2-second")
            .replace("deployment.keys.tls.keyFile = ./tls.key;", ""),
    );
    let run = deployer.deploy(&[]).expect_code(0).expect_said("removed the key /run/keys/tls");
    assert_eq!(sent(&run), ["/run/keys/token"]);
    assert_eq!(deployer.on("web", &["cat", "/run/keys/token"]).ok(), "hunter2-second");
    let _ = deployer.on("web", &["test", "!", "-e", "/run/leak"]).expect_code(0);
    let _ = deployer.on("db", &["test", "!", "-e", "/run/keys/tls"]).expect_code(0);
    // Going back to an earlier system keeps today's keys.
    let _ = deployer.nixwright(&["rollback", "-d", "demo", "--yes"]).expect_code(0);
    assert_eq!(deployer.on("web", &["cat", "/run/keys/token"]).ok(), "hunter2-second");
}

const MORPH: &str = r#"
let pkgs = import <nixpkgs> { }; in
{
  network = { inherit pkgs; description = "A morph network"; specialArgs.page = "<p>hello</p>"; };
  image.deployment.buildOnly = true;
  web = { page, lib, ... }: {
    services.nginx.enable = true;
    environment.etc.page.text = page;
    networking.firewall.allowedTCPPorts = [ 22 80 ];
    deployment.secrets.token = {
      source = "secrets/token";
      destination = "/var/secrets/token";
      permissions = "0400";
      action = [ "touch" "/var/acted" ];
    };
    deployment.healthChecks = {
      http = [ { port = 80; description = "the page is there"; } ];
      cmd = [ { cmd = [ "true" ]; description = "nothing"; } ];
    };
  };
}
"#;

#[test]
fn a_morph_network_is_deployed_with_secrets_and_health_checks() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    deployer.write("network.nix", MORPH);
    let secrets = deployer.sandbox.home().join("secrets");
    std::fs::create_dir(&secrets).expect("the home can be written");
    std::fs::write(secrets.join("token"), "s3cret").expect("the home can be written");
    let _ = deployer.create(&["network.nix"]);
    let run = deployer.deploy(&[]).expect_code(0).expect_said("healthy: the page is there");
    let run = run.expect_said("it is only built");
    assert_eq!(sent(&run), ["/var/secrets/token"]);
    assert_eq!(deployer.on("web", &["cat", "/var/secrets/token"]).ok(), "s3cret");
    assert_eq!(deployer.on("web", &["cat", "/etc/page"]).ok(), "<p>hello</p>");
    let _ = deployer.on("web", &["test", "-e", "/var/acted"]).expect_code(0);
    let healthy = deployer.running("web");

    // A machine that does not get healthy has failed, and goes back.
    let sick = MORPH.replace("port = 80; description", "port = 81; retries = 1; period = 1; description");
    deployer.write("network.nix", &sick.replace("hello", "sick"));
    let run = deployer.deploy(&[]).expect_code(7);
    let _ = run.expect_said("`web` is not healthy").expect_said("the page is there");
    assert_eq!(deployer.running("web"), healthy);

    // What must hold before is asked before: nothing is touched.
    let before = MORPH.replace(
        "deployment.healthChecks = {",
        "deployment.preDeployChecks.tcp = [ { port = 4; retries = 0; } ];\n    deployment.healthChecks = {",
    );
    deployer.write("network.nix", &before.replace("hello", "later"));
    let run = deployer.deploy(&[]).expect_code(5);
    let _ = run.expect_said("accepts connections on port 4");
    assert_eq!(deployer.running("web"), healthy);
}

/// A flake of one machine, whose outputs beside the inputs are these; its folder.
fn fleet(deployer: &Deployer, outputs: &str, web: &str) -> String {
    let folder = deployer.sandbox.home().join("fleet");
    std::fs::create_dir(&folder).expect("the home can be written");
    let nixpkgs = nixpkgs().replace("nixpkgs=", "path:");
    let flake = format!(
        "{{ inputs.nixpkgs.url = \"{nixpkgs}\"; outputs = {{ self, nixpkgs }}: {{ {outputs} }}; }}\n"
    );
    std::fs::write(folder.join("flake.nix"), flake).expect("the home can be written");
    std::fs::write(folder.join("web.nix"), web).expect("the home can be written");
    folder.display().to_string()
}

const CONFIGURATIONS: &str = r#"
  nixosConfigurations.web = nixpkgs.lib.nixosSystem {
    system = "x86_64-linux";
    modules = [ ./web.nix ];
  };
"#;

const WEB: &str = r#"{
  networking.hostName = "web";
  environment.etc.from.text = "a flake";
  networking.firewall.allowedTCPPorts = [ 22 ];
}"#;

fn lock(deployer: &Deployer, folder: &str) {
    let lock = ["nix", "--extra-experimental-features", "nix-command flakes", "flake", "lock", folder];
    let _ = deployer.sandbox.command(&lock).run().expect_code(0);
}

/// A flake that is not on this disk as files: Nix fetches it, here from a repository without a work tree.
#[test]
fn a_flake_that_is_elsewhere_is_fetched_and_deployed() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let folder = fleet(
        &deployer,
        r#"nixwright = {
          network.nixpkgs = import nixpkgs { };
          web = {
            imports = [ ./web.nix ];
            deployment.keys.token.keyFile = ./token;
          };
        };"#,
        WEB,
    );
    std::fs::write(format!("{folder}/token"), "a token").expect("the home can be written");
    let git = |arguments: &[&str]| {
        let mut command =
            vec!["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", folder.as_str()];
        command.extend(arguments);
        let _ = deployer.sandbox.command(&command).run().expect_code(0);
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    lock(&deployer, &folder);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "a fleet"]);
    let origin = deployer.sandbox.home().join("origin.git").display().to_string();
    git(&["clone", "--quiet", "--bare", ".", &origin]);
    std::fs::remove_dir_all(&folder).expect("the work tree is not needed");

    let reference = format!("git+file://{origin}?ref=main");
    let _ = deployer.nixwright(&["check", "--flake", &reference]).expect_code(0);
    let run = deployer.nixwright(&["deploy", "--flake", &reference, "--impure", "--yes"]).expect_code(0);
    let _ = run.expect_said("activation finished successfully");
    assert_eq!(deployer.nixwright(&["ssh", "web", "cat", "/etc/from"]).ok(), "a flake");
    assert_eq!(deployer.nixwright(&["ssh", "web", "cat", "/run/keys/token"]).ok(), "a token");
    // It is recorded by its reference, and deployed again from it.
    let run = deployer.nixwright(&["deploy", "--impure", "--yes"]).expect_code(0);
    let _ = run.expect_said("no change");

    let nowhere = format!("git+file://{origin}-of-nobody");
    let _ = deployer
        .nixwright(&["check", "--flake", &nowhere])
        .expect_code(3)
        .expect_said("origin.git-of-nobody");
}

#[test]
fn the_configurations_of_a_flake_are_deployed() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let folder = fleet(&deployer, CONFIGURATIONS, WEB);

    // Without its lock file a flake has no fixed inputs: Nix' own words, and what to do.
    let _ = deployer
        .nixwright(&["deploy", &folder, "--impure", "--yes"])
        .expect_code(3)
        .expect_said("nix flake lock");
    lock(&deployer, &folder);
    let run = deployer.nixwright(&["deploy", &folder, "--impure", "--yes"]).expect_code(0);
    let _ = run.expect_said("activation finished successfully");
    let here = ["ssh", "web", "cat", "/etc/from"];
    assert_eq!(deployer.nixwright(&here).ok(), "a flake");

    let broken = WEB.replace("\"a flake\"", "nowhere");
    std::fs::write(std::path::Path::new(&folder).join("web.nix"), broken).expect("the home can be written");
    let run = deployer.nixwright(&["deploy", &folder, "--impure", "--yes", "--no-check"]).expect_code(3);
    let _ = run.expect_said("undefined variable 'nowhere'").expect_said(&format!("{folder}/web.nix:3:"));
}
