# builtins.concatLists: each element is evaluated by itself.
[
  (builtins.concatLists [ [ 1 ] [ ] [ 2 3 ] ])
  (builtins.concatLists [ ])
  (builtins.concatLists [ 1 ])
  (builtins.concatLists { })
  (builtins.concatLists builtins.currentTime)
]
