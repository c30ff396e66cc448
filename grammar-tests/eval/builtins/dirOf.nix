# builtins.dirOf: each element is evaluated by itself.
[
  (builtins.dirOf "/a/b")
  (dirOf /a/b)
  (dirOf "a")
  (dirOf "/a")
  (dirOf "a/b/")
  (dirOf "")
  (dirOf 1)
  (dirOf builtins.currentTime)
]
