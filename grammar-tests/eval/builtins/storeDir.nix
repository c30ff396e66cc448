# builtins.storeDir: each element is evaluated by itself.
[
  (builtins.storeDir)
]
