# builtins.elem: each element is evaluated by itself.
[
  (builtins.elem 1 [ 2 1 ])
  (builtins.elem 1.0 [ 1 ])
  (builtins.elem { } [ ])
  (builtins.elem 1 (throw "no"))
  (builtins.elem 1 1)
  (builtins.elem 1 [ 2 builtins.currentTime ])
  (builtins.elem 1 [ builtins.currentTime 1 ])
]
