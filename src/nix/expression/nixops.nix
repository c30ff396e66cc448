# NixOps' way: the sets of all files are zipped, so that a machine may stand in several; `network`, `defaults` and
# `resources` are no machines. Version 2 puts `nixpkgs` at the top, too.
{ source, machinesOf, located, ... }:
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
  # The first file that has packages gives them.
  first = name: map (it: it.module.${name}) (builtins.filter (it: it.module ? ${name}) (definitions.network or [ ]));
  packages = let all = first "nixpkgs" ++ first "pkgs" ++ top; in if all == [ ] then null else builtins.head all;
  nixpkgs =
    if packages == null then <nixpkgs>
    else if builtins.isAttrs packages then packages.path or packages.outPath
    else packages;

  # Machines refer to these; one that is only named costs nothing.
  resources = builtins.zipAttrsWith (kind: all: builtins.mapAttrs (unprovisioned kind) (builtins.foldl' (a: b: a // b) { } all))
    (map (it: it.module) (definitions.resources or [ ]));
  unprovisioned = kind: name: _:
    throw "the value of `resources.${kind}.${name}` is not known: nixwright has not provisioned it";

  asked = nodes: name: {
    inherit nixpkgs;
    # As in NixOps, a module stands around each of the machine's own.
    modules = defining name ++ map (it: located it._file it.module) (definitions.defaults or [ ]);
    specialArgs = {
      inherit nodes;
      resources = resources // { machines = builtins.mapAttrs (_: node: node.config) nodes; };
    } // settings.specialArgs or { };
  };
in
{
  description = settings.description or null;
  rollout = settings.rollout or { };
  machines = machinesOf names asked;
}
