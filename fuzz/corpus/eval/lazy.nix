# A seed for the fuzz target eval: lazy.
let f = n: if n == 0 then [ ] else [ n ] ++ f (n - 1); in builtins.foldl' (a: b: a + b) 0 (f 9)
