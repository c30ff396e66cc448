# builtins.nixVersion: each element is evaluated by itself.
[
  (builtins.nixVersion)
]
