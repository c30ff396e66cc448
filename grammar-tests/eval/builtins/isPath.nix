# builtins.isPath: each element is evaluated by itself.
[
  (map builtins.isPath [ ./a "/a" null ])
  (builtins.isPath (throw "no"))
  (builtins.isPath builtins.currentTime)
]
