# Evaluates a network for nixwright: files to machines, machines to NixOS configurations, configurations to plain facts.
# It builds nothing. `request` names a JSON file written by nixwright:
#   files       absolute paths of the network's files, in order
#   deployment  { uuid, name }
#   machines    machine -> { stateVersion, publicKey }: what the state remembers, null where nothing
#   only        the machines to evaluate, or null for all
#   derivations whether to ask for the system derivations too
#   examine     whether assertions that do not hold and warnings are facts, too; such a machine has no derivation
#   values      paths of options whose values are wanted
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
    let
      inherit (nodes.${name}) config options;
      system = config.system.build.toplevel;
      failed = builtins.filter (it: !it.assertion) (config.assertions or [ ]);
      buildable = asked.derivations && !(examine && failed != [ ]);
    in
    { deployment = import ./settings.nix config.deployment; }
    // (if !buildable then { } else { drv = system.drvPath; toplevel = system.outPath; })
    // (if !examine then { } else {
      assertions = map (it: { text = it.message; at = position "message" it; }) failed;
      warnings = map (text: { inherit text; file = fileOf text (written (options.warnings or { })); }) (config.warnings or [ ]);
    })
    // (if wantedValues == [ ] then { } else { values = map (path: plain (at path config)) wantedValues; });

  examine = asked.examine or false;
  wantedValues = asked.values or [ ];
  plain = import ./values.nix;
  at = path: set:
    if path == [ ] then set
    else if builtins.isAttrs set && builtins.hasAttr (builtins.head path) set then at (builtins.tail path) set.${builtins.head path}
    else null;
  position = name: set:
    let found = builtins.unsafeGetAttrPos name set; in
    if found == null then null else { inherit (found) line column; file = toString found.file; };

  # The definitions of an option with their files, as nixpkgs of all ages tells them.
  written = option: option.definitionsWithLocations or (builtins.genList
    (index: { file = builtins.elemAt option.files index; value = builtins.elemAt option.definitions index; })
    (if option ? files && option ? definitions then builtins.length option.files else 0));
  fileOf = text: all:
    let found = builtins.filter (it: builtins.isList it.value && builtins.elem text it.value) all; in
    if found == [ ] then null else toString (builtins.head found).file;
in
{
  description = settings.description or null;
  hasRollout = (settings.rollout or { }) != { };
  inherit names;
  machines = builtins.listToAttrs (map (name: { inherit name; value = facts name; }) wanted);
}
