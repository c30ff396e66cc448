# builtins.placeholder: each element is evaluated by itself.
[
  (builtins.placeholder 1)
  (placeholder "out")
]
