# builtins.bitOr: each element is evaluated by itself.
[
  (builtins.bitOr 12 10)
  (builtins.bitOr (-8) 1)
  (builtins.bitOr "1" 1)
  (builtins.bitOr 1 builtins.currentTime)
]
