# builtins.appendContext: each element is evaluated by itself.
[
  (builtins.appendContext "a" { })
  (builtins.appendContext 1 { })
  (builtins.appendContext "a" [ ])
]
