# builtins.unsafeDiscardStringContext: each element is evaluated by itself.
[
  (builtins.unsafeDiscardStringContext "a")
  (builtins.unsafeDiscardStringContext 1)
  (builtins.unsafeDiscardStringContext builtins.currentTime)
]
