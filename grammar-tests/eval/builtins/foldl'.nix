# builtins.foldl': each element is evaluated by itself.
[
  (builtins.foldl' (a: b: a + b) 0 [ 1 2 3 ])
  (builtins.foldl' (a: b: b) (throw "never") [ 1 ])
  (builtins.foldl' (a: b: a) 1 [ ])
  (builtins.foldl' (a: b: throw "no") 0 [ 1 ])
  (builtins.foldl' 1 0 [ 1 ])
  (builtins.foldl' (a: b: a) 0 1)
  (builtins.foldl' (a: b: a + b) 0 [ 1 builtins.currentTime ])
]
