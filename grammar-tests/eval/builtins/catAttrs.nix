# builtins.catAttrs: each element is evaluated by itself.
[
  (builtins.catAttrs "a" [ { a = 1; } { b = 2; } { a = 3; } ])
  (builtins.catAttrs "a" [ ])
  (builtins.catAttrs "a" [ 1 ])
  (builtins.catAttrs 1 [ ])
  (builtins.catAttrs "a" { })
  (builtins.catAttrs "a" [ ({ } // builtins.currentTime.x) ])
]
