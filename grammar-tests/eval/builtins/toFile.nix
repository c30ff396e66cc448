# builtins.toFile: each element is evaluated by itself.
[
  (builtins.toFile 1 "a")
  (builtins.toFile "a" 1)
  (builtins.toFile "name" "content")
]
