# `let`, `with`, shadowing.
[
  (let a = 1; b = a + 1; in b)
  (with { a = 1; }; a)
  (let a = 2; in with { a = 1; }; a)
  (with { a = 1; b = 1; }; with { b = 2; }; a + b)
  (let true = 0; in true)
  (let x = 1; in with throw "never asked"; x)
]
