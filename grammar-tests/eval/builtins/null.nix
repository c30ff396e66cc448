# builtins.null: each element is evaluated by itself.
[
  (builtins.null)
  (null)
]
