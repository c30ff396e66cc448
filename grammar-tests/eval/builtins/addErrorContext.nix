# builtins.addErrorContext: each element is evaluated by itself.
[
  (builtins.addErrorContext "while counting" 1)
  (builtins.addErrorContext "while counting" (throw "no"))
  (builtins.addErrorContext builtins.currentTime 2)
  (builtins.addErrorContext 1 (throw "no"))
]
