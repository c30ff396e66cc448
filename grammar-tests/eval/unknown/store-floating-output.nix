(derivation { name = "a"; system = "b"; builder = "c"; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; }).drvPath
