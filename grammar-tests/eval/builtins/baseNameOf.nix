# builtins.baseNameOf: each element is evaluated by itself.
[
  (builtins.baseNameOf "/a/b.nix")
  (baseNameOf /a/b)
  (baseNameOf "a/")
  (baseNameOf "/")
  (baseNameOf "")
  (baseNameOf "a//")
  (baseNameOf 1)
  (baseNameOf { })
  (baseNameOf builtins.currentTime)
]
