(derivation { name = "a"; }).outPath
