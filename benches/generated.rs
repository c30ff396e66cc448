//! A network of any size, written to a folder: three files of 10 to 40 lines for each machine, as people write them, with
//! functions, `lib`, references to other machines and strings put together. Without a mistake, so that what is
//! measured is reading and not printing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Machines share a tag, a domain and the file of users with the others of their group.
const GROUPS: usize = 16;

/// Writes the network; gives its first file.
pub(crate) fn write(folder: &Path, machines: usize) -> std::io::Result<PathBuf> {
    let mut network = String::from(TOP);
    for number in 0..machines {
        let name = name(number);
        writeln!(network, "  {name} = import ./machines/{name};").expect("a string takes all");
        let here = folder.join("machines").join(&name);
        std::fs::create_dir_all(&here)?;
        for (file, text) in [("default.nix", DEFAULT), ("target.nix", TARGET), ("config.nix", CONFIG)] {
            std::fs::write(here.join(file), filled(text, number))?;
        }
    }
    network.push_str("}\n");
    let path = folder.join("network.nix");
    std::fs::write(&path, network)?;
    Ok(path)
}

/// Writes a network whose machines are all of one expression, to a file of its own; gives that.
pub(crate) fn one_expression(folder: &Path, machines: usize) -> std::io::Result<PathBuf> {
    let path = folder.join(format!("all-{machines}.nix"));
    std::fs::write(&path, ONE_EXPRESSION.replace("@machines@", &machines.to_string()))?;
    Ok(path)
}

fn name(number: usize) -> String {
    format!("m{number:05}")
}

/// A text with what differs between machines put in.
fn filled(text: &str, number: usize) -> String {
    let address = format!("10.{}.{}.{}", 1 + number / 60_000, number / 250 % 240, 1 + number % 250);
    let group = number % GROUPS;
    // Each machine needs another one before it, none twice round.
    let depends = if number > 0 { format!("[ \"{}\" ]", name((number - 1) / 2)) } else { "[ ]".to_owned() };
    text.replace("@name@", &name(number))
        .replace("@other@", &name(number.saturating_sub(1) / 2))
        .replace("@depends@", &depends)
        .replace("@group@", &format!("group{group}"))
        .replace("@address@", &address)
        .replace("@port@", &(8000 + number % 1000).to_string())
}

const TOP: &str = r#"# A generated network.
{
  network.description = "a network of generated machines";
  network.enableRollback = true;

  defaults = { lib, ... }: {
    deployment.targetUser = lib.mkDefault "root";
    networking.domain = "internal";
    time.timeZone = "UTC";
  };

"#;

const ONE_EXPRESSION: &str = r#"# A generated network.
{ lib ? import <nixpkgs/lib> }:
let
  names = map (number: "m${toString number}") (lib.range 1 @machines@);
in
lib.genAttrs names (name: { config, lib, nodes, ... }: {
  networking.domain = lib.mkDefault "internal";
  deployment.targetHost = "${name}.${config.networking.domain}";
  deployment.tags = [ "generated" ] ++ lib.optional (lib.hasSuffix "0" name) "tens";
  deployment.dependsOn = lib.optional (name != "m1") "m1";
  deployment.targetPort = lib.mkIf (nodes.m1.config.networking.domain == "internal") 2222;
}) // {
  network.description = "machines of one expression";
  defaults.deployment.targetUser = "root";
}
"#;

const DEFAULT: &str = r#"# What @name@ is.
{ config, lib, pkgs, name, ... }:

{
  imports = [
    ./target.nix
    ./config.nix
  ];

  networking.hostName = name;
  networking.interfaces.eth0.ipv4.addresses = [
    { address = "@address@"; prefixLength = 16; }
  ];
  networking.defaultGateway = "10.0.0.1";

  environment.systemPackages = with pkgs; [ htop tcpdump vim ];

  users.users.operator = {
    isNormalUser = true;
    extraGroups = [ "wheel" "@group@" ];
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOPf@port@ operator@@group@" ];
  };
}
"#;

const TARGET: &str = r#"# Where @name@ is, and how it is reached.
{ lib, name, ... }:

let
  address = "@address@";
  port = 22;
in
{
  deployment = {
    targetHost = address;
    targetPort = port;
    tags = [ "@group@" "generated" ] ++ lib.optional (port == 22) "plain-ssh";
    dependsOn = @depends@;
    keys.token = {
      keyCommand = [ "pass" "show" "token/${name}" ];
      user = "root";
      permissions = "0400";
    };
  };
}
"#;

const CONFIG: &str = r#"# What @name@ runs.
{ config, lib, pkgs, nodes, ... }:

let
  port = @port@;
  cfg = config.services.nginx;
  upstreams = map (n: "10.0.0.${toString n}:${toString port}") [ 1 2 3 ];
  headers = lib.concatStringsSep "\n" (lib.mapAttrsToList (key: value: "add_header ${key} \"${value}\";") {
    X-Served-By = "@name@";
    X-Group = "@group@";
  });
in
{
  services.nginx = {
    enable = true;
    recommendedGzipSettings = true;
    virtualHosts."@name@.internal" = {
      locations."/".proxyPass = "http://localhost:${toString port}";
      locations."/peer".return = "302 http://${nodes.@other@.config.networking.hostName}/";
      extraConfig = ''
        ${headers}
        # upstreams: ${lib.concatStringsSep " " upstreams}
        client_max_body_size 16m;
      '';
    };
  };

  services.openssh.enable = true;
  services.prometheus.exporters.node = lib.mkIf cfg.enable {
    enable = true;
    port = 9100;
  };

  networking.firewall.allowedTCPPorts = [ 22 80 443 port ];
  boot.kernel.sysctl."net.core.somaxconn" = 1024;
  system.stateVersion = "24.05";
}
"#;
