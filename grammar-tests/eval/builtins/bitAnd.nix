# builtins.bitAnd: each element is evaluated by itself.
[
  (builtins.bitAnd 12 10)
  (builtins.bitAnd (-1) 255)
  (builtins.bitAnd 1.0 1)
  (builtins.bitAnd 1 null)
  (builtins.bitAnd builtins.currentTime 1)
]
