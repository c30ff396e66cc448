# builtins.path: each element is evaluated by itself.
[
  (builtins.path { path = ./builtins-input; name = "a"; })
  (builtins.path 1)
  (builtins.path { })
  (builtins.path { path = ./builtins-input; wrong = 1; })
]
