# Whether a definition counts is not known.
let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.a = lib.mkOption { type = lib.types.int; }; }
    { a = lib.mkIf (builtins.currentTime > 5) (lib.mkForce 1); }
    { a = 2; }
  ];
}).config.a
