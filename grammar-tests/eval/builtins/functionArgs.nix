# builtins.functionArgs: each element is evaluated by itself.
[
  (builtins.functionArgs ({ a, b ? 1, ... }: a))
  (builtins.functionArgs (x: x))
  (builtins.functionArgs builtins.map)
  (builtins.functionArgs 1)
  (builtins.functionArgs { __functor = _: { a }: a; })
  (builtins.functionArgs builtins.currentTime)
]
