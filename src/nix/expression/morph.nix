# Morph's way: one file, whose `network` may bring packages, a library's or another's `eval-config.nix` and arguments.
# Whom to log in as is the business of ssh unless the machine says it.
{ source, machine, evaluate }:
let
  inherit (builtins.head source.tops) _file value;
  settings = value.network or { };
  names = builtins.attrNames (removeAttrs value [ "network" "defaults" "resources" "require" "_file" ]);
  pkgs = settings.pkgs or { };

  located = module: { inherit _file; imports = [ module ]; };
  own = name: { lib, ... }: {
    _file = "nixwright";
    networking.hostName = lib.mkDefault name;
    deployment.targetUser = lib.mkOverride 1400 null;
  } // (if pkgs == { } then { } else { nixpkgs.pkgs = lib.mkDefault pkgs; });

  configuration = checked: name: evaluate ({
    inherit name checked;
    nixpkgs = pkgs.path or <nixpkgs>;
    modules = [ (located value.${name}) (located (value.defaults or { })) (own name) ];
    specialArgs = { nodes = unchecked; } // settings.specialArgs or { };
  }
  // (if settings ? evalConfig then { inherit (settings) evalConfig; } else { })
  // (if pkgs ? system then { inherit (pkgs) system; } else { }));
  all = checked: builtins.listToAttrs (map (name: { inherit name; value = configuration checked name; }) names);
  unchecked = all false;
in
{
  description = settings.description or null;
  rollout = settings.rollout or { };
  machines = builtins.mapAttrs (_: it: { configuration = it; inherit (it.config) deployment; }) (all true);
}
