# builtins.abort: each element is evaluated by itself.
[
  (builtins.abort "no")
  (builtins.tryEval (builtins.abort "no"))
  (builtins.abort 1)
  (builtins.abort builtins.currentTime)
]
