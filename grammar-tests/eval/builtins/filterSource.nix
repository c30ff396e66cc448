# builtins.filterSource: each element is evaluated by itself.
[
  (builtins.filterSource (path: type: true) ./builtins-input)
  (builtins.filterSource 1 ./builtins-input)
  (builtins.filterSource (path: type: true) 1)
]
