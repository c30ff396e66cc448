# builtins.tryEval: each element is evaluated by itself.
[
  (builtins.tryEval 1)
  (builtins.tryEval (throw "no"))
  (builtins.tryEval (assert false; 1))
  ((builtins.tryEval { a = throw "no"; }).success)
  (builtins.tryEval (1 + "a"))
  (builtins.tryEval { }.a)
  (builtins.tryEval builtins.currentTime)
]
