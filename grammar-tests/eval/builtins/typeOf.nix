# builtins.typeOf: each element is evaluated by itself.
[
  (map builtins.typeOf [ 1 1.5 "a" ./a null true [ ] { } (x: x) ])
  (builtins.typeOf (throw "no"))
  (builtins.typeOf builtins.currentTime)
]
