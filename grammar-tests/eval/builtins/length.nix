# builtins.length: each element is evaluated by itself.
[
  (builtins.length [ 1 (throw "never") ])
  (builtins.length [ ])
  (builtins.length "a")
  (builtins.length { })
  (builtins.length ([ 1 ] ++ builtins.currentTime.x))
]
