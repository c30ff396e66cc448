# The networks of other tools' shapes as a network that our own expression evaluates (src/nix/network.nix): what their
# tools do with hives and flakes, written as plainly as it goes. `file` is a hive or a flake, `nixpkgs` our tiny one.
{ file, nixpkgs }:
let
  given = import file;
  modules = it: if builtins.isList it then it else [ it ];

  # Colmena: every attribute but `meta` is a module or a list of modules.
  hive = it:
    let meta = it.meta or { }; in
    builtins.mapAttrs
      (name: module: {
        imports = modules module;
        _module.args = meta.nodeSpecialArgs.${name} or { };
      })
      (removeAttrs it [ "meta" ])
    // { network = { specialArgs = meta.specialArgs or { }; description = meta.description or null; }; };

  # deploy-rs: ssh is called with the host, and the user nearest to the profile.
  nodes = deploy: {
    network = { };
  } // builtins.mapAttrs
    (_: node:
      let
        system = node.profiles.system;
        parts = builtins.match "([^:]*)(:([0-9]+))?" node.hostname;
        port = builtins.elemAt parts 2;
      in
      { lib, ... }: {
        imports = system.path.modules;
        _module.args = system.path.specialArgs;
        deployment.targetHost = builtins.head parts;
        deployment.targetPort = if port == null then null else lib.toInt port;
        deployment.targetUser = system.sshUser or node.sshUser or deploy.sshUser;
        deployment.buildOnTarget = node.remoteBuild;
      })
    deploy.nodes;

  inputs = {
    nixpkgs = {
      outPath = toString nixpkgs;
      # A configuration as it was asked for: its modules become those of a machine.
      lib = import (nixpkgs + "/lib") // { nixosSystem = asked: asked; };
    };
    colmena.lib.makeHive = it: it;
    deploy-rs.lib.x86_64-linux.activate.nixos = it: it;
  };
  self = outputs // { inherit inputs outputs; };
  outputs = given.outputs (builtins.intersectAttrs (given.inputs or { }) inputs // { inherit self; });
in
if !(given ? outputs) then hive given
else if outputs ? colmena then hive outputs.colmena
else if outputs ? deploy then nodes outputs.deploy
else removeAttrs outputs.nixopsConfigurations.default [ "nixpkgs" ]
