# builtins.floor: each element is evaluated by itself.
[
  (builtins.floor 1.8)
  (builtins.floor (-1.2))
  (builtins.floor 3)
  (builtins.floor [ ])
  (builtins.floor builtins.currentTime)
]
