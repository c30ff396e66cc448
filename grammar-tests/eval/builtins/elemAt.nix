# builtins.elemAt: each element is evaluated by itself.
[
  (builtins.elemAt [ 1 2 3 ] 2)
  (builtins.elemAt [ (throw "never") 2 ] 1)
  (builtins.elemAt [ 1 ] 1)
  (builtins.elemAt [ 1 ] (-1))
  (builtins.elemAt 1 0)
  (builtins.elemAt [ 1 ] "0")
  (builtins.elemAt [ 1 ] builtins.currentTime)
]
