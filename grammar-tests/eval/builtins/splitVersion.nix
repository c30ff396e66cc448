# builtins.splitVersion: each element is evaluated by itself.
[
  (builtins.splitVersion "1.2pre3-a")
  (builtins.splitVersion "")
  (builtins.splitVersion 1)
  (builtins.splitVersion builtins.currentTime)
]
