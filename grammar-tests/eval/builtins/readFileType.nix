# builtins.readFileType: each element is evaluated by itself.
[
  (map (builtins.readFileType or (path: if baseNameOf path == "text" then "regular" else "directory")) [ ./builtins-input ./builtins-input/text ])
  (builtins.readFileType ./absent)
  (builtins.readFileType 1)
  (builtins.readFileType /outside/of/all)
]
