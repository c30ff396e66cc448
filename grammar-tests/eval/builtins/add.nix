# builtins.add: each element is evaluated by itself.
[
  (builtins.add 1 2)
  (builtins.add 1 2.5)
  (builtins.add 9223372036854775807 1)
  (builtins.add 1 "2")
  (builtins.add null 1)
  (builtins.add 1 builtins.currentTime)
]
