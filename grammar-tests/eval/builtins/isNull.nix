# builtins.isNull: each element is evaluated by itself.
[
  (map builtins.isNull [ null 0 "" [ ] ])
  (isNull null)
  (builtins.isNull (throw "no"))
  (builtins.isNull builtins.currentTime)
]
