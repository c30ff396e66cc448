# builtins.lessThan: each element is evaluated by itself.
[
  (builtins.lessThan 1 2)
  (builtins.lessThan "a" "B")
  (builtins.lessThan 1 0.5)
  (builtins.lessThan ./a ./b)
  (builtins.lessThan [ 1 ] [ 1 2 ])
  (builtins.lessThan 1 "2")
  (builtins.lessThan null null)
  (builtins.lessThan { } { })
  (builtins.lessThan 1 builtins.currentTime)
]
