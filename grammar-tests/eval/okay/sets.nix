# Nested definitions, merging, selection, tests, updates.
[
  { a.b = 1; a.c = 2; a = { d = 3; }; }
  ({ a = 1; b = 2; } // { b = 3; c = 4; })
  ({ a.b = 1; }.a.b or 2) ({ a = 1; }.a.b or 3) ({ }.x or 4)
  ({ a.b = 1; } ? a.b) ({ a.b = 1; } ? a.c.d)
  { "a b" = 1; ${"x" + "y"} = 2; ${null} = 3; if' = 4; or = 5; }
  (rec { x = y; y = 1; inherit (z) w; z.w = 2; })
  (let inherit ({ p = 1; q = 2; }) p q; in p + q)
  (let { body = a; a = 7; })
  (rec { __overrides = { a = 2; }; a = 1; b = a; }).b
]
