# builtins.attrValues: each element is evaluated by itself.
[
  (builtins.attrValues { b = 1; a = 2; })
  (builtins.length (builtins.attrValues { a = throw "never"; }))
  (builtins.attrValues "a")
  (builtins.attrValues ({ } // builtins.currentTime.x))
]
