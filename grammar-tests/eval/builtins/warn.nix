# builtins.warn: each element is evaluated by itself.
[
  ((builtins.warn or builtins.trace) "said" 1)
  ((builtins.warn or builtins.trace) "said" (throw "no"))
  ((builtins.warn or builtins.trace) "said" builtins.currentTime)
]
