# What an option fails with can be caught, as in Nix.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  eval = modules: (lib.evalModules { inherit modules; }).config;
  fails = value: !(builtins.tryEval value).success;
  int.options.n = mkOption { type = types.int; };
in
[
  (fails (eval [ int { n = "text"; } ]).n)
  (fails (eval [ int ]).n)
  (fails (eval [ int { m = 1; } ]).n)
  (fails (eval [ int { n = 1; } { n = 2; } ]).n)
  (eval [ int { m = 1; _module.check = false; n = 3; } ]).n
  (eval [ int { m = 1; freeformType = types.attrsOf types.int; n = 3; } ]).m
]
