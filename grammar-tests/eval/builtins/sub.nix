# builtins.sub: each element is evaluated by itself.
[
  (builtins.sub 1 2)
  (builtins.sub 1 0.5)
  (builtins.sub (-9223372036854775807) 2)
  (builtins.sub "2" 1)
  (builtins.sub 1 builtins.currentTime)
]
