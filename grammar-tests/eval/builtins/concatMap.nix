# builtins.concatMap: each element is evaluated by itself.
[
  (builtins.concatMap (x: [ x (x * 2) ]) [ 1 2 ])
  (builtins.concatMap (x: x) [ 1 ])
  (builtins.concatMap 1 [ 1 ])
  (builtins.concatMap (x: [ ]) 1)
  (builtins.concatMap (x: [ ]) builtins.currentTime)
]
