# builtins.isList: each element is evaluated by itself.
[
  (map builtins.isList [ [ ] { } "a" ])
  (builtins.isList (throw "no"))
  (builtins.isList builtins.currentTime)
]
