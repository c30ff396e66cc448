# builtins.genList: each element is evaluated by itself.
[
  (builtins.genList (x: x * x) 4)
  (builtins.genList (x: x) 0)
  (builtins.length (builtins.genList (x: throw "never") 2))
  (builtins.genList (x: x) (-1))
  (builtins.genList (x: x) "1")
  (builtins.genList (x: throw "no") 1)
  (builtins.genList (x: x) builtins.currentTime)
]
