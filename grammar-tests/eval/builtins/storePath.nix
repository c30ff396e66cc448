# builtins.storePath: each element is evaluated by itself.
[
  (builtins.storePath 1)
  (builtins.storePath "/nix/store/00000000000000000000000000000000-a")
]
