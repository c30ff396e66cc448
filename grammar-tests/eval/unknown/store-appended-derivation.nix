(derivation { name = "a"; system = "b"; builder = "c"; d = builtins.appendContext "" { "/nix/store/g76zcpqc540lrc8i6g7xy6ip0npn2hnp-a.drv".outputs = [ "out" ]; }; }).drvPath
