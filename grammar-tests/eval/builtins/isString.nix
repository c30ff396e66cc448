# builtins.isString: each element is evaluated by itself.
[
  (map builtins.isString [ "a" ./a 1 ])
  (builtins.isString (throw "no"))
  (builtins.isString builtins.currentTime)
]
