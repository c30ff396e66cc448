# builtins.div: each element is evaluated by itself.
[
  (builtins.div 7 2)
  (builtins.div (-7) 2)
  (builtins.div 7 2.0)
  (builtins.div 1 0)
  (builtins.div 1.0 0)
  (builtins.div (-9223372036854775807 - 1) (-1))
  (builtins.div "1" 1)
  (builtins.div builtins.currentTime 2)
  (builtins.div builtins.currentTime 0)
]
