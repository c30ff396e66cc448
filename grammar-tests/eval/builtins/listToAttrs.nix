# builtins.listToAttrs: each element is evaluated by itself.
[
  (builtins.listToAttrs [ { name = "a"; value = 1; } { name = "b"; value = 2; } { name = "a"; value = 3; } ])
  (builtins.listToAttrs [ ])
  (builtins.listToAttrs [ { name = "a"; } ])
  (builtins.listToAttrs [ { value = 1; } ])
  (builtins.listToAttrs [ { name = 1; value = 1; } ])
  (builtins.listToAttrs [ 1 ])
  (builtins.listToAttrs { })
  ((builtins.listToAttrs [ { name = "a"; value = 1; } builtins.currentTime ]).b)
]
