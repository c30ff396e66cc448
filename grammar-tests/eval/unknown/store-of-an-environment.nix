(derivation { name = "a"; system = "b"; builder = "c"; d = builtins.getEnv "USER"; }).drvPath
