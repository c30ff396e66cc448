# Every type takes what it is for and merges as it says.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types;
  option = type: mkOption { inherit type; };
  eval = lib.evalModules {
    modules = [
      {
        options = with types; {
          bool = option bool;
          int = option (ints.between 1 9);
          port = option port;
          float = option float;
          str = option str;
          lines = option lines;
          commas = option commas;
          matching = option (strMatching "[a-z]+");
          enum = option (enum [ "a" "b" ]);
          path = option path;
          attrs = option attrs;
          raw = option raw;
          unspecified = option unspecified;
          listOfAttrs = option (listOf (attrsOf int));
          lazy = option (lazyAttrsOf int);
          nullOr = mkOption { type = nullOr str; default = null; };
          either = option (either int (listOf int));
          oneOf = option (oneOf [ bool str int ]);
          coerced = option (coercedTo int toString str);
          checked = option (addCheck int (n: n > 3));
          uniq = option (uniq (listOf int));
          function = option (functionTo (listOf int));
          anything = option (types.anything or unspecified);
          applied = mkOption { type = int; apply = n: n * 2; };
        };
      }
      {
        bool = true; int = 9; port = 80; float = 1.5; str = "s"; lines = "one"; commas = "x"; matching = "abc"; enum = "b";
        path = "/etc"; attrs.a = 1; raw = { x = 1; }; unspecified = "u"; listOfAttrs = [ { a = 1; } { b = 2; } ]; lazy.a = 1;
        either = [ 1 ]; oneOf = "text"; coerced = 5; checked = 4; uniq = [ 1 ]; function = x: [ x ]; anything.deep.a = 1; applied = 21;
      }
      { bool = true; lines = "two"; commas = "y"; attrs.b = 2; listOfAttrs = [ { c = 3; } ]; either = [ 2 ]; function = x: [ (x + 1) ]; anything.deep.b = 2; }
    ];
  };
in
eval.config // { function = eval.config.function 1; }
