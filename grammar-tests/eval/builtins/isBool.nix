# builtins.isBool: each element is evaluated by itself.
[
  (map builtins.isBool [ true false 1 "true" null ])
  (builtins.isBool (throw "no"))
  (builtins.isBool builtins.currentTime)
]
