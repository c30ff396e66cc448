# builtins.traceVerbose: each element is evaluated by itself.
[
  (builtins.traceVerbose "said" 1)
  (builtins.traceVerbose "said" (throw "no"))
  (builtins.traceVerbose "said" builtins.currentTime)
]
