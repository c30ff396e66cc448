# builtins.readDir: each element is evaluated by itself.
[
  (builtins.readDir ./builtins-input)
  (builtins.readDir ./absent)
  (builtins.readDir ./builtins-input/text)
  (builtins.readDir 1)
  (builtins.readDir "relative")
  (builtins.readDir /outside/of/all)
]
