# Functions get what they name: from outside, from `_module.args`, and everything else only with `...`.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  eval = lib.evalModules {
    specialArgs = { outside = "special"; };
    modules = [
      { options.seen = mkOption { type = types.attrsOf types.str; }; }
      { _module.args.inside = "from-args"; _module.args.late = throw "nobody asks"; }
      ({ inside, outside, late, ... }: { seen = { inherit inside outside; }; })
      ({ lib, ... }@args: { seen.names = toString (builtins.filter (name: builtins.elem name [ "config" "inside" "options" "outside" ]) (builtins.attrNames args)); })
      { __functor = self: { config, ... }: { seen.functor = "called"; }; }
    ];
  };
in
eval.config.seen
