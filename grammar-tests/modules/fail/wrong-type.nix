let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.group.port = mkOption { type = types.port; }; }
    { _file = "user.nix"; group.port = 1; }
    { _file = "user.nix"; group.port = "80"; }
  ];
}).config.group.port
