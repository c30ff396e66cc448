# builtins.true: each element is evaluated by itself.
[
  (builtins.true)
  (true)
]
