# builtins.getAttr: each element is evaluated by itself.
[
  (builtins.getAttr "a" { a = 1; })
  (builtins.getAttr "b" { a = 1; })
  (builtins.getAttr 1 { })
  (builtins.getAttr "a" [ ])
  (builtins.getAttr (toString builtins.currentTime) { a = 1; })
]
