# builtins.getContext: each element is evaluated by itself.
[
  (builtins.getContext "a")
  (builtins.getContext 1)
  (builtins.getContext builtins.currentTime)
]
