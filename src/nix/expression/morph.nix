# Morph's way: one file, whose `network` may bring packages, a library's or another's `eval-config.nix` and arguments.
{ source, machinesOf, located, ... }:
let
  inherit (builtins.head source.tops) _file value;
  settings = value.network or { };
  names = builtins.attrNames (removeAttrs value [ "network" "defaults" "resources" "require" "_file" ]);
  pkgs = settings.pkgs or { };

  own = { lib, ... }: { _file = "nixwright"; nixpkgs.pkgs = lib.mkDefault pkgs; };

  asked = nodes: name: {
    nixpkgs = pkgs.path or <nixpkgs>;
    # As in morph, a module stands around the machine's own.
    modules = [ { inherit _file; imports = [ value.${name} ]; } (located _file (value.defaults or { })) ]
      ++ (if pkgs == { } then [ ] else [ own ]);
    specialArgs = { inherit nodes; } // settings.specialArgs or { };
  }
  // (if settings ? evalConfig then { inherit (settings) evalConfig; } else { })
  // (if pkgs ? system then { inherit (pkgs) system; } else { });
in
{
  description = settings.description or null;
  rollout = settings.rollout or { };
  machines = machinesOf names asked;
}
