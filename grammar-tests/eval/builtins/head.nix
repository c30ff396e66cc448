# builtins.head: each element is evaluated by itself.
[
  (builtins.head [ 1 (throw "never") ])
  (builtins.head [ ])
  (builtins.head "a")
  (builtins.head [ (throw "no") ])
  (builtins.head builtins.currentTime)
]
