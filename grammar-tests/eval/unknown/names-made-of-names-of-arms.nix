let c = builtins.getEnv "x" == ""; perhaps = if c then { } else { a = 2; }; in builtins.listToAttrs (map (n: { name = "x" + n; value = 1; }) (builtins.attrNames perhaps)) ? xa
