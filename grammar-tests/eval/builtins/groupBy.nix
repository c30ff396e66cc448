# builtins.groupBy: each element is evaluated by itself.
[
  (builtins.groupBy (x: if x > 1 then "big" else "small") [ 1 2 3 ])
  (builtins.groupBy (x: "a") [ ])
  (builtins.groupBy (x: 1) [ 1 ])
  (builtins.groupBy 1 [ 1 ])
  (builtins.groupBy (x: "a") 1)
  (builtins.groupBy (x: x) [ builtins.currentTime ])
]
