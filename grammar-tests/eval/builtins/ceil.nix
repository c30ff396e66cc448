# builtins.ceil: each element is evaluated by itself.
[
  (builtins.ceil 1.2)
  (builtins.ceil (-1.2))
  (builtins.ceil 3)
  (builtins.ceil "1")
  (builtins.ceil builtins.currentTime)
]
