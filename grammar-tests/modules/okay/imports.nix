# Each module once, by key; what is disabled is not there, and neither is what it imports.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  keyed = key: { inherit key; config.seen = [ key ]; };
  eval = lib.evalModules {
    modules = [
      { options.seen = mkOption { type = types.listOf types.str; }; }
      { imports = [ (keyed "a") (keyed "b") { imports = [ (keyed "a") ]; seen = [ "inner" ]; } ]; }
      { require = [ (keyed "required") ]; }
      { key = "gone"; imports = [ (keyed "below-gone") ]; config.seen = [ "gone" ]; }
      { disabledModules = [ { key = "gone"; } ]; }
      ./file-input.nix
      ./file-input.nix
    ];
  };
in
eval.config.seen
