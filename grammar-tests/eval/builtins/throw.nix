# builtins.throw: each element is evaluated by itself.
[
  (builtins.tryEval (throw "no"))
  (throw "no")
  (throw 1)
  (throw builtins.currentTime)
]
