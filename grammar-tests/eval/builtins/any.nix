# builtins.any: each element is evaluated by itself.
[
  (builtins.any (x: x > 1) [ 1 2 (throw "never") ])
  (builtins.any (x: x) [ ])
  (builtins.any (x: x) [ 1 ])
  (builtins.any 1 [ 1 ])
  (builtins.any (x: x) null)
  (builtins.any (x: x) [ false (builtins.currentTime == 0) ])
]
