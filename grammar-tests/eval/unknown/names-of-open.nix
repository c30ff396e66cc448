builtins.attrNames ({ a = 1; } // builtins.getEnv "x")
