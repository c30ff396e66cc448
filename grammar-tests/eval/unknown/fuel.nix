builtins.length (builtins.genList (x: x) 999999999)
