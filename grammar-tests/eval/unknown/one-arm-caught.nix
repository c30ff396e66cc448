(builtins.tryEval (if builtins.currentTime == 0 then 1 else throw "b")).success
