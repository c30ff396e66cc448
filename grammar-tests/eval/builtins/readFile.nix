# builtins.readFile: each element is evaluated by itself.
[
  (builtins.readFile ./builtins-input/text)
  (builtins.readFile (toString ./builtins-input + "/text"))
  (builtins.readFile ./absent)
  (builtins.readFile ./builtins-input)
  (builtins.readFile 1)
  (builtins.readFile /outside/of/all)
]
