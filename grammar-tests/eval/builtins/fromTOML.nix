# builtins.fromTOML: each element is evaluated by itself.
[
  (builtins.fromTOML "a = 1\n[b]\nc = [ 1.5, true ]\n")
  (builtins.fromTOML "a = ")
  (builtins.fromTOML 1)
  (builtins.fromTOML builtins.currentTime)
]
