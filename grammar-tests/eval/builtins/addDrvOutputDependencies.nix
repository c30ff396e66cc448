# builtins.addDrvOutputDependencies: each element is evaluated by itself.
[
  (builtins.addDrvOutputDependencies "no context")
  (builtins.addDrvOutputDependencies 1)
  (builtins.addDrvOutputDependencies (derivation { name = "a"; builder = "b"; system = "s"; }).drvPath)
]
