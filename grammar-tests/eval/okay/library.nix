# The embedded library.
let lib = import <nixpkgs/lib>; in [ (lib.optional true 1) (lib.hasPrefix "a" "abc") (lib.genAttrs [ "a" ] (n: n)) ((import <nixpkgs> { }).lib.range 1 3) (lib.recursiveUpdate { a.b = 1; } { a.c = 2; }) ((lib.evalModules { modules = [ { options.x = lib.mkOption { type = lib.types.int; default = 1; }; config.x = lib.mkForce 5; } ]; }).config.x) ]
