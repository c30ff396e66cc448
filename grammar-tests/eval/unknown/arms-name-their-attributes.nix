let c = builtins.getEnv "x" == ""; perhaps = if c then { } else { a = 2; }; in ({ a = 1; } // perhaps).a
