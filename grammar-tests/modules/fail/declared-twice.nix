let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { _file = "one.nix"; options.a = lib.mkOption { type = lib.types.int; }; }
    { _file = "two.nix"; options.a = lib.mkOption { type = lib.types.str; }; }
    { a = 1; }
  ];
}).config.a
