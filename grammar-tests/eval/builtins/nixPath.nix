# builtins.nixPath: each element is evaluated by itself.
[
  (builtins.isList builtins.nixPath)
]
