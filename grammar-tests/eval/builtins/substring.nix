# builtins.substring: each element is evaluated by itself.
[
  (builtins.substring 1 2 "hello")
  (builtins.substring 0 (-1) "hello")
  (builtins.substring 10 2 "hello")
  (builtins.substring 1 100 "hello")
  (builtins.substring (-1) 2 "a")
  (builtins.substring "0" 1 "a")
  (builtins.substring 0 1 1)
  (builtins.substring 0 1 builtins.currentTime)
]
