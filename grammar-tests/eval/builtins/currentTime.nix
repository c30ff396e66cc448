# builtins.currentTime: each element is evaluated by itself.
[
  (builtins.currentTime)
]
