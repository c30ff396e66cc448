if builtins.currentTime == 0 then throw "a" else throw "b"
