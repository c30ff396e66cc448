# Nix subtracts from zero.
[
  (-(0.5 - 0.5))
  (builtins.toJSON (-0.5))
]
