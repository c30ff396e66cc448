# builtins.tail: each element is evaluated by itself.
[
  (builtins.tail [ (throw "never") 2 3 ])
  (builtins.tail [ ])
  (builtins.tail "a")
  (builtins.tail builtins.currentTime)
]
