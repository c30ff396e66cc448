# builtins.isInt: each element is evaluated by itself.
[
  (map builtins.isInt [ 1 1.0 "1" ])
  (builtins.isInt (throw "no"))
  (builtins.isInt builtins.currentTime)
]
