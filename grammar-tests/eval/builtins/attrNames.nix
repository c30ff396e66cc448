# builtins.attrNames: each element is evaluated by itself.
[
  (builtins.attrNames { b = 1; a = throw "never"; A = 2; "a b" = 3; })
  (builtins.attrNames { })
  (builtins.attrNames [ ])
  (builtins.attrNames (throw "no"))
  (builtins.attrNames { ${toString builtins.currentTime} = 1; })
]
