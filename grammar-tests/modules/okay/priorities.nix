# Conditions, merges, priorities and orders decide which definitions count.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types mkIf mkMerge mkForce mkDefault mkOverride mkBefore mkAfter mkOrder;
  option = type: mkOption { inherit type; };
  eval = lib.evalModules {
    modules = [
      {
        options = {
          forced = option types.str;
          weak = option types.int;
          list = option (types.listOf types.int);
          lines = option types.lines;
          group.enable = mkOption { type = types.bool; default = false; };
          group.name = option types.str;
          set = option (types.attrsOf types.int);
          absent = mkOption { type = types.nullOr types.int; default = null; };
        };
      }
      { forced = "plain"; weak = mkDefault 1; list = [ 2 ]; lines = "b"; }
      { forced = mkForce "forced"; weak = mkOverride 900 2; list = mkBefore [ 1 ]; lines = mkAfter "c"; }
      (mkIf true { list = mkOrder 1600 [ 3 ]; lines = mkBefore "a"; })
      ({ config, ... }: {
        config = mkMerge [
          { group = mkForce { enable = true; }; }
          (mkIf config.group.enable { group.name = "on"; })
          (mkIf (!config.group.enable) { group.name = "off"; })
        ];
      })
      { set = mkMerge [ { a = 1; } (mkIf false { b = 2; }) { c = mkForce 3; } ]; }
      { set.c = 4; absent = mkIf false 1; }
    ];
  };
in
eval.config
