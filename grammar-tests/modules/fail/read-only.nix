let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { _file = "declares"; options.a = lib.mkOption { type = lib.types.int; readOnly = true; default = 1; }; }
    { _file = "user.nix"; a = 2; }
  ];
}).config.a
