# builtins.zipAttrsWith: each element is evaluated by itself.
[
  (builtins.zipAttrsWith (n: vs: vs) [ { a = 1; } { a = 2; b = 3; } ])
  (builtins.zipAttrsWith (n: vs: n) [ ])
  (builtins.attrNames (builtins.zipAttrsWith (throw "never") [ { a = 1; } ]))
  (builtins.zipAttrsWith (n: vs: vs) [ 1 ])
  (builtins.zipAttrsWith 1 [ { a = 1; } ])
  (builtins.zipAttrsWith (n: vs: vs) { })
  (builtins.zipAttrsWith (n: vs: vs) builtins.currentTime)
]
