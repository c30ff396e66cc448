# A seed for the fuzz target eval: unknown.
let u = builtins.getEnv "A"; s = { a = 1; } // u; in [ (s ? a) (if u == "" then { x = 1; y = 2; } else { x = 1; }).x (builtins.tryEval (throw "a")) (u ++ [ 1 ]) ]
