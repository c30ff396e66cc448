# builtins.stringLength: each element is evaluated by itself.
[
  (map builtins.stringLength [ "" "abc" "hé" ])
  (builtins.stringLength { outPath = "abc"; })
  (builtins.stringLength 1)
  (builtins.stringLength [ ])
  (builtins.stringLength builtins.currentTime)
  (builtins.stringLength ./a)
]
