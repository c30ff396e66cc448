# A configuration can be evaluated again with more modules, and is a type.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  base = lib.evalModules {
    modules = [
      { options.n = mkOption { type = types.int; default = 1; }; }
      ({ extendModules, config, ... }: { options.more = mkOption { type = types.int; }; config.more = if config.n == 1 then (extendModules { modules = [ { n = 2; } ]; }).config.n else 0; })
    ];
  };
  outer = lib.evalModules { modules = [ { options.inner = mkOption { inherit (base) type; }; config.inner.n = 5; } ]; };
in
[ base.config.n base.config.more (base.extendModules { modules = [ { n = 3; } ]; }).config.n outer.config.inner.n base._type ]
