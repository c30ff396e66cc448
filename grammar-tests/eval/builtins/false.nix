# builtins.false: each element is evaluated by itself.
[
  (builtins.false)
  (false)
]
