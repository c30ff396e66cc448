# builtins.derivation: each element is evaluated by itself.
[
  ((derivation { name = "a"; builder = "b"; system = "s"; }).name)
  (builtins.attrNames (derivation { name = "a"; builder = "b"; system = "s"; }))
  ((derivation { name = "a"; builder = "b"; system = "s"; outputs = [ "out" "dev" ]; }).dev.outputName)
  ((derivation { builder = "b"; }).outPath)
  ((derivation { name = 1; builder = "b"; system = "s"; }).drvPath)
  (derivation 1)
  ((derivation { name = "a"; builder = "b"; system = "s"; }).outPath)
]
