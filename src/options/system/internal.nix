# The options that every configuration has: what its modules are called with, and what becomes of definitions that
# nobody declared. Works with every library that has types, old ones included.
{ lib, inner }:
let
  inherit (lib) mkOption types;
  hidden = if inner then { internal = true; } else { };
in
{
  _module = {
    args = mkOption ({
      type = (types.lazyAttrsOf or types.attrsOf) (types.raw or types.unspecified);
      description = "Further arguments that module functions are called with.";
    } // hidden);
    check = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether definitions of options that do not exist are errors.";
    };
    freeformType = mkOption {
      type = types.nullOr (types.optionType or types.unspecified);
      internal = true;
      default = null;
      description = "The type of definitions for which no option is declared.";
    };
    specialArgs = mkOption {
      type = types.raw or types.unspecified;
      readOnly = true;
      internal = true;
      description = "The arguments that were given from outside.";
    };
  };
}
