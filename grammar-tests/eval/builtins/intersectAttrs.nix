# builtins.intersectAttrs: each element is evaluated by itself.
[
  (builtins.intersectAttrs { a = throw "never"; b = 1; } { a = 2; c = 3; })
  (builtins.intersectAttrs { } { a = 1; })
  (builtins.intersectAttrs [ ] { })
  (builtins.intersectAttrs { } 1)
  (builtins.intersectAttrs { a = 1; } builtins.currentTime)
]
