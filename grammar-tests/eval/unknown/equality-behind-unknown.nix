[ builtins.currentTime (throw "x") ] == [ 1 2 ]
