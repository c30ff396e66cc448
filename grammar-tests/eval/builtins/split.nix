# builtins.split: each element is evaluated by itself.
[
  (builtins.split "(a)b" "abc")
  (builtins.split "," "a,b,,c")
  (builtins.split "x" "abc")
  (builtins.split "(" "a")
  (builtins.split 1 "a")
  (builtins.split "a" 1)
  (builtins.split "a" builtins.currentTime)
]
