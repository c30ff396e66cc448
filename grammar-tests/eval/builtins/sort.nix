# builtins.sort: each element is evaluated by itself.
[
  (builtins.sort builtins.lessThan [ 3 1 2 ])
  (builtins.sort (a: b: a.k < b.k) [ { k = 1; v = 1; } { k = 0; v = 2; } { k = 1; v = 3; } ])
  (builtins.sort (throw "never") [ ])
  (builtins.sort (a: b: 1) [ 1 2 ])
  (builtins.sort 1 [ 1 2 ])
  (builtins.sort builtins.lessThan 1)
  (builtins.sort builtins.lessThan [ 1 "a" ])
  (builtins.sort builtins.lessThan [ 1 builtins.currentTime ])
]
