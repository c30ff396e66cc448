# What nobody knows may be a `mkForce`: none of the other definitions counts for certain then.
let
  lib = import <nixpkgs/lib>;
  known = builtins.currentTime > 5;
in
builtins.elem 1 (lib.evalModules {
  modules = [
    { options.a = lib.mkOption { type = lib.types.listOf lib.types.int; }; }
    { a = [ 1 ]; }
    { a = if known then [ 2 ] else lib.mkForce [ 3 ]; }
  ];
}).config.a
