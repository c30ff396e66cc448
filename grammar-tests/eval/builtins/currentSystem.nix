# builtins.currentSystem: each element is evaluated by itself.
[
  (builtins.currentSystem == builtins.currentSystem)
]
