# What `tryEval` catches.
with builtins; [ (tryEval (throw "x")) (tryEval (assert false; 1)) (tryEval 1) (seq { a = throw "x"; } 1) ]
