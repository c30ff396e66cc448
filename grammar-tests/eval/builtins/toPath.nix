# builtins.toPath: each element is evaluated by itself.
[
  (builtins.toPath "/a/../b//c")
  (builtins.toPath /a)
  (builtins.toPath "a")
  (builtins.toPath 1)
  (builtins.toPath builtins.currentTime)
]
