builtins.any (x: x == 1) [ builtins.currentTime (throw "x") ]
