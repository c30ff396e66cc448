# builtins.bitXor: each element is evaluated by itself.
[
  (builtins.bitXor 12 10)
  (builtins.bitXor (-1) 0)
  (builtins.bitXor 1 [ ])
  (builtins.bitXor 1 builtins.currentTime)
]
