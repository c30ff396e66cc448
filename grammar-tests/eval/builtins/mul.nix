# builtins.mul: each element is evaluated by itself.
[
  (builtins.mul 3 4)
  (builtins.mul 3 0.5)
  (builtins.mul 9223372036854775807 2)
  (builtins.mul "1" 1)
  (builtins.mul 1 builtins.currentTime)
]
