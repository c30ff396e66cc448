# builtins.filter: each element is evaluated by itself.
[
  (builtins.filter (x: x > 1) [ 1 2 3 ])
  (builtins.filter (x: throw "never") [ ])
  (builtins.filter (x: 1) [ 1 ])
  (builtins.filter 1 [ 1 ])
  (builtins.filter (x: true) 1)
  (builtins.filter (x: true) builtins.currentTime)
]
