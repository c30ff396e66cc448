# builtins.parseDrvName: each element is evaluated by itself.
[
  (builtins.parseDrvName "nix-2.3pre1_abc")
  (builtins.parseDrvName "nix")
  (builtins.parseDrvName "nix-js-0.1")
  (builtins.parseDrvName 1)
  (builtins.parseDrvName builtins.currentTime)
]
