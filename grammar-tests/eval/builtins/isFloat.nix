# builtins.isFloat: each element is evaluated by itself.
[
  (map builtins.isFloat [ 1.0 1 "1.0" ])
  (builtins.isFloat (throw "no"))
  (builtins.isFloat builtins.currentTime)
]
