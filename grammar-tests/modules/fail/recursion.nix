# An option that needs itself.
let
  lib = import <nixpkgs/lib>;
  option = lib.mkOption { type = lib.types.int; };
in
(lib.evalModules { modules = [ { options.a = option; options.b = option; } ({ config, ... }: { a = config.b; b = config.a; }) ]; }).config.a
