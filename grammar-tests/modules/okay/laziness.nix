# One option asks for its own definitions and for nothing else.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types mkIf;
  eval = lib.evalModules {
    modules = [
      { options.a = mkOption { type = types.int; }; options.b = mkOption { type = types.int; default = throw "default of b"; }; options.c = mkOption { type = types.lazyAttrsOf types.int; }; }
      ({ config, options, ... }: { a = config.c.x + 1; b = throw "b"; c.x = 1; c.y = throw "y"; })
      ({ config, ... }: { c.z = mkIf (config.a > 1) 3; })
    ];
  };
in
[ (eval.config.c ? y) eval.config.c.z ]
