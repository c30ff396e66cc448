# What `options.<name>` tells of an option.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types mkForce;
  eval = lib.evalModules {
    modules = [
      { _file = "declares"; options.a = mkOption { type = types.listOf types.str; default = [ ]; description = "A list."; }; }
      { _file = "declares"; options.b = mkOption { type = types.int; }; }
      { _file = "first"; a = [ "x" ]; }
      { _file = "second"; a = mkForce [ "y" ]; }
      ({ options, ... }: { options.copied = mkOption { type = types.listOf types.str; }; config.copied = lib.mkAliasDefinitions options.a; })
    ];
  };
  inherit (eval) options;
in
{
  inherit (options.a) value files definitions highestPrio isDefined declarations loc definitionsWithLocations description;
  text = toString options.a;
  undefined = options.b.isDefined;
  type = options.b.type.name;
  inherit (eval.config) copied;
  own = builtins.attrNames options;
}
