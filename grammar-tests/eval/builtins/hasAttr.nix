# builtins.hasAttr: each element is evaluated by itself.
[
  (builtins.hasAttr "a" { a = throw "never"; })
  (builtins.hasAttr "b" { a = 1; })
  (builtins.hasAttr 1 { })
  (builtins.hasAttr "a" 1)
  (builtins.hasAttr "a" ({ b = 1; } // builtins.currentTime.x))
]
