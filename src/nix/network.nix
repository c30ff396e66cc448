# Evaluates a network for nixwright: files to machines, machines to NixOS configurations, configurations to plain facts.
# It builds nothing. `request` names a JSON file written by nixwright:
#   files       absolute paths of the network's files, in order
#   deployment  { uuid, name }
#   machines    machine -> { stateVersion, publicKey }: what the state remembers, null where nothing
#   only        the machines to evaluate, or null for all
#   derivations whether to ask for the system derivations too
# `arguments` names a Nix file with the argument set of function networks.
{ request, arguments }:
let
  asked = builtins.fromJSON (builtins.readFile request);
  given = import (/. + arguments);
  reserved = [ "network" "defaults" "resources" "require" "nixpkgs" "_file" ];

  # A file is a set, or a function of the one argument set. Its path stays with it, for positions in messages.
  load = path:
    let
      value = import path;
      called = if builtins.isFunction value then value given else value;
    in
    if builtins.isAttrs called then called // { _file = toString path; }
    else throw "the network file ${toString path} is not a set of machines but ${builtins.typeOf called}";

  # `require` is followed breadth first; a path met twice counts once, so cycles are fine.
  loaded = map (item: item.value) (builtins.genericClosure {
    startSet = map (path: keyed (/. + path)) asked.files;
    operator = item: map keyed (item.value.require or [ ]);
  });
  keyed = path: { key = toString path; value = load path; };

  # Attribute name -> its definitions, each with the file it stands in.
  definitions = builtins.zipAttrsWith (_: all: all)
    (map (file: builtins.mapAttrs (_: module: { inherit (file) _file; inherit module; }) file) loaded);
  defining = name: map (it: located it._file it.module) (definitions.${name} or [ ]);
  # Later files win per attribute, as NixOps has it; the static half reports where that hides something.
  settings = builtins.foldl' (all: it: all // it.module) { } (definitions.network or [ ]);
  names = builtins.filter (name: !builtins.elem name reserved) (builtins.attrNames definitions);
  chosen = builtins.listToAttrs (map (name: { inherit name; value = null; }) asked.only);
  wanted = if asked.only == null then names else builtins.filter (name: builtins.hasAttr name chosen) names;

  # NixOps 2 calls it nixpkgs, morph pkgs.
  packages = settings.nixpkgs or settings.pkgs or null;
  nixpkgs = if packages == null then <nixpkgs> else packages.path;
  evalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");

  located = file: module: { _file = file; imports = [ module ]; };
  remembered = name: asked.machines.${name} or { stateVersion = null; publicKey = null; };

  # What nixwright adds to every machine. What the network says plainly comes before all of it.
  own = name: { config, lib, ... }: {
    _file = "nixwright";
    imports = [ ./deployment-options.nix ];
    config = {
      networking.hostName = lib.mkOverride 900 name;
      users.users.root.openssh.authorizedKeys.keys =
        lib.optional (config.deployment.provisionSSHKey && (remembered name).publicKey != null) (remembered name).publicKey;
    } // (if (remembered name).stateVersion == null then { } else {
      system.stateVersion = lib.mkDefault (remembered name).stateVersion;
    });
  };

  resources = { machines = builtins.mapAttrs (_: node: node.config) nodes; };
  nodes = builtins.listToAttrs (map (name: { inherit name; value = evaluate name; }) names);
  evaluate = name: evalConfig {
    modules = defining name ++ defining "defaults" ++ [ (own name) ];
    specialArgs = {
      inherit name nodes resources;
      inherit (asked.deployment) uuid;
      deploymentName = asked.deployment.name;
    } // (settings.specialArgs or { });
  };

  facts = name:
    let system = nodes.${name}.config.system.build.toplevel; in
    { deployment = import ./settings.nix nodes.${name}.config.deployment; }
    // (if !asked.derivations then { } else { drv = system.drvPath; toplevel = system.outPath; });
in
{
  description = settings.description or null;
  hasRollout = (settings.rollout or { }) != { };
  inherit names;
  machines = builtins.listToAttrs (map (name: { inherit name; value = facts name; }) wanted);
}
