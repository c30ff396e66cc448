# Arguments, defaults, whole arguments, functors.
[
  ((x: y: x + y) 1 2)
  (({ a, b ? a + 1 }: b) { a = 1; })
  (({ a, ... }@all: all.b) { a = 1; b = 2; })
  ((all@{ a ? 2, ... }: all) { })
  ({ __functor = self: x: self.y + x; y = 2; } 1)
  (builtins.functionArgs ({ a, b ? 1 }: a))
  (let f = { a ? b, b ? 1 }: a; in f { })
]
