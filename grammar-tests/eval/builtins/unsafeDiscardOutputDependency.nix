# builtins.unsafeDiscardOutputDependency: each element is evaluated by itself.
[
  (builtins.unsafeDiscardOutputDependency "a")
  (builtins.unsafeDiscardOutputDependency 1)
  (builtins.unsafeDiscardOutputDependency builtins.currentTime)
]
