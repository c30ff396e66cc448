# Which machines of a network NixOS would shut: read from what it writes for sshd, sudo and the firewall, and not from the
# options that the check reads. Answers name -> whether the deployer is shut out.
{ nixpkgs, network, options }:
let
  lib = import (nixpkgs + "/lib");
  inherit (lib) any all elem filter hasPrefix head optional splitString tail;
  network' = import network;

  evaluated = name: (import (nixpkgs + "/nixos/lib/eval-config.nix") {
    system = "x86_64-linux";
    modules = [ network'.${name} (arguments: import options (arguments // { inherit name; })) ];
  }).config;

  # The programs that a text names do not matter.
  plain = builtins.unsafeDiscardStringContext;
  words = line: filter (it: it != "") (splitString " " (lib.replaceStrings [ "\t" ] [ " " ] line));
  lines = text: filter (it: it != [ ]) (map words (splitString "\n" (plain text)));
  # All arguments of a keyword, line by line.
  said = keyword: text: map tail (filter (line: head line == keyword) (lines text));

  isShut = config:
    let
      user = config.deployment.targetUser;
      port = if config.deployment.targetPort == null then head config.services.openssh.ports else config.deployment.targetPort;
      sshd = config.services.openssh.extraConfig;
      wall = config.networking.firewall;

      addresses = map (it: lib.toInt (lib.last (splitString ":" (head it)))) (said "ListenAddress" sshd);
      ports = map (it: lib.toInt (head it)) (said "Port" sshd);
      listens = elem port (if addresses == [ ] then ports else addresses);
      passes = !wall.enable || elem port wall.allowedTCPPorts
        || any (it: it.from <= port && port <= it.to) wall.allowedTCPPortRanges;
      # The first value counts for sshd; lists of users are joined.
      rootMay = head (head (said "PermitRootLogin" sshd)) != "no";
      allowed = lib.concatLists (said "AllowUsers" sshd);
      account = config.users.users.${user};
      hasShell = !(lib.isDerivation account.shell && hasPrefix "shadow" account.shell.name);
      groups = account.extraGroups ++ [ account.group ]
        ++ filter (it: elem user config.users.groups.${it}.members) (builtins.attrNames config.users.groups);
      subjects = [ user ] ++ map (it: "%" + it) groups;
      free = any (line: elem (head line) subjects && any (hasPrefix "NOPASSWD") (lib.concatMap (splitString "=(ALL:ALL)") line))
        (lines (if config.security.sudo.enable then config.security.sudo.configFile else ""));
    in
    !(config.systemd.services ? sshd)
    || !listens || !passes
    || user == "root" && !rootMay
    || allowed != [ ] && !(elem user allowed)
    || !(config.users.users ? ${user})
    || !hasShell
    || user != "root" && !free;
in
builtins.mapAttrs (name: _: isShut (evaluated name)) network'
