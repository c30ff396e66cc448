# builtins.convertHash: each element is evaluated by itself.
[
  (builtins.convertHash { hash = "ba7816bf"; })
  (builtins.convertHash builtins.currentTime)
]
