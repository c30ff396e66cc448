# The definition is to blame.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.enable = mkOption { type = types.bool; default = true; }; }
    { _file = "user.nix"; enabel = true; }
  ];
}).config.enable
