# builtins.outputOf: each element is evaluated by itself.
[
  ((builtins.outputOf or (a: b: 1)) "/nix/store/a" "out")
]
