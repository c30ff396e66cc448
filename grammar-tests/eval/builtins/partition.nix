# builtins.partition: each element is evaluated by itself.
[
  (builtins.partition (x: x > 1) [ 1 2 3 ])
  (builtins.partition (x: true) [ ])
  (builtins.partition (x: 1) [ 1 ])
  (builtins.partition 1 [ 1 ])
  (builtins.partition (x: true) 1)
  (builtins.partition (x: x == 1) [ builtins.currentTime ])
]
