# A seed for the fuzz target eval: many errors, each made in a deeper call.
let f = n: if n ++ (builtins.tryEval (throw "x")).value then 1 else f (n - 1) ++ f (n - 1; in f 4
