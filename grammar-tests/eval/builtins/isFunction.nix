# builtins.isFunction: each element is evaluated by itself.
[
  (map builtins.isFunction [ (x: x) builtins.add (builtins.add 1) { __functor = _: x: x; } 1 ])
  (builtins.isFunction (throw "no"))
  (builtins.isFunction builtins.currentTime)
]
