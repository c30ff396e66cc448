# NixOps' way: the sets of all files are zipped, so that a machine may stand in several; `network`, `defaults` and
# `resources` are no machines. Version 2 puts `nixpkgs` at the top, too.
{ source, machine, evaluate }:
let
  reserved = [ "network" "defaults" "resources" "require" "nixpkgs" "_file" ];

  # Attribute name -> its definitions, each with the file it stands in: messages then name the file.
  definitions = builtins.zipAttrsWith (_: all: all)
    (map (top: builtins.mapAttrs (_: module: { inherit (top) _file; inherit module; }) top.value) source.tops);
  defining = name: map (it: { inherit (it) _file; imports = [ it.module ]; }) (definitions.${name} or [ ]);
  # Later files win per attribute, as NixOps has it; the static half reports where that hides something.
  settings = builtins.foldl' (all: it: all // it.module) { } (definitions.network or [ ]);
  names = builtins.filter (name: !builtins.elem name reserved) (builtins.attrNames definitions);

  top = map (it: it.module) (definitions.nixpkgs or [ ]);
  packages = settings.nixpkgs or settings.pkgs or (if top == [ ] then null else builtins.head top);
  nixpkgs =
    if packages == null then <nixpkgs>
    else if builtins.isAttrs packages then packages.path or packages.outPath
    else packages;

  # The name is weaker than what the network says plainly, and stronger than `mkDefault`.
  called = name: { lib, ... }: { _file = "nixwright"; networking.hostName = lib.mkOverride 900 name; };

  configuration = checked: name: evaluate {
    inherit name nixpkgs checked;
    modules = defining name ++ defining "defaults" ++ [ (called name) ];
    specialArgs = {
      nodes = unchecked;
      resources = { machines = builtins.mapAttrs (_: node: node.config) unchecked; };
    } // settings.specialArgs or { };
  };
  all = checked: builtins.listToAttrs (map (name: { inherit name; value = configuration checked name; }) names);
  unchecked = all false;
in
{
  description = settings.description or null;
  rollout = settings.rollout or { };
  machines = builtins.mapAttrs (_: it: { configuration = it; inherit (it.config) deployment; }) (all true);
}
