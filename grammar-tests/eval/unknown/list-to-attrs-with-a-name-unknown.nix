# The element without a value does not matter if its name is the one that is not known.
builtins.listToAttrs [ { name = builtins.getEnv "NOBODY_SETS_THIS"; value = 1; } { name = "b"; } ]
