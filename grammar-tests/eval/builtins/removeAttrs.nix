# builtins.removeAttrs: each element is evaluated by itself.
[
  (removeAttrs { a = 1; b = throw "never"; } [ "b" "c" ])
  (builtins.removeAttrs { } [ ])
  (removeAttrs [ ] [ ])
  (removeAttrs { } [ 1 ])
  (removeAttrs { } "a")
  (removeAttrs { a = 1; } [ (toString builtins.currentTime) ])
]
