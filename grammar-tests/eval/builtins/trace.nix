# builtins.trace: each element is evaluated by itself.
[
  (builtins.trace "said" 1)
  (builtins.trace { a = 1; } 2)
  (builtins.trace (throw "no") 1)
  (builtins.trace "said" (throw "no"))
  (builtins.trace "said" builtins.currentTime)
]
