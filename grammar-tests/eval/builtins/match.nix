# builtins.match: each element is evaluated by itself.
[
  (builtins.match "a(b)?(c*)" "abcc")
  (builtins.match "a(b)?" "a")
  (builtins.match "a" "ab")
  (builtins.match "[[:alpha:]]+" "abc")
  (builtins.match "(" "a")
  (builtins.match 1 "a")
  (builtins.match "a" 1)
  (builtins.match "a" builtins.currentTime)
]
