# builtins.break: each element is evaluated by itself.
[
  (builtins.break 1)
  (builtins.break (throw "no"))
  (builtins.break builtins.currentTime)
]
