# builtins.all: each element is evaluated by itself.
[
  (builtins.all (x: x > 1) [ 2 3 ])
  (builtins.all (x: x > 1) [ 1 (throw "never") ])
  (builtins.all (x: x) [ ])
  (builtins.all (x: x) [ 1 ])
  (builtins.all 1 [ 1 ])
  (builtins.all (x: x) { })
  (builtins.all (x: x) [ true (builtins.currentTime == 0) ])
]
