# builtins.seq: each element is evaluated by itself.
[
  (builtins.seq { a = throw "never"; } 1)
  (builtins.seq (throw "no") 1)
  (builtins.seq builtins.currentTime 1)
  (builtins.seq 1 (throw "no"))
]
