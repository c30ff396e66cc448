# builtins.map: each element is evaluated by itself.
[
  (map (x: x + 1) [ 1 2 ])
  (builtins.length (map (throw "never") [ 1 ]))
  (map 1 [ ])
  (map 1 [ 1 ])
  (map (x: x) "a")
  (builtins.head (map (x: x) ([ ] ++ builtins.currentTime.x)))
  (builtins.length (map 1 [ 1 ]))
  (map (throw "used") [ 1 ] == [ ])
  (builtins.tryEval (builtins.length (map (throw "never") [ 1 ])))
]
