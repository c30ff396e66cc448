let y = x + 1; x = if builtins.currentTime == 0 then y else 2; in [ x y ]
