let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules { modules = [ { options.a = lib.mkOption { default = 1; }; a = 2; } ]; }).config.a
