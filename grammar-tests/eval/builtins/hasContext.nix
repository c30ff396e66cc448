# builtins.hasContext: each element is evaluated by itself.
[
  (builtins.hasContext "a")
  (builtins.hasContext 1)
  (builtins.hasContext builtins.currentTime)
]
