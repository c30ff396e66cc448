# builtins.builtins: each element is evaluated by itself.
[
  (builtins ? builtins.builtins)
  (builtins ? absent)
  (builtins.absent or 1)
  (builtins.absent)
]
