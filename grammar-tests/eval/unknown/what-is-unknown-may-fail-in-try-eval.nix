# Whatever goes on after something unknown would have been caught had that failed.
let
  u = builtins.getEnv "NOBODY_SETS_THIS";
  merged = { a = 1; } // u;
in
[
  (builtins.tryEval merged).success
  (builtins.tryEval (builtins.seq u 1)).success
  (builtins.tryEval (if u == "" then 1 else 1)).value
  (builtins.seq merged.b (builtins.tryEval merged).success)
]
