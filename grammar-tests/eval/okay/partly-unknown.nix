# What is unknown stays in its place: around it everything is known.
let u = builtins.currentTime; s = { a = 1; } // { b = u; }; in [ s.a (builtins.attrNames s) ({ a = u; } ? a) ((u // { a = 2; }).a) (if u == 0 then 3 else 3) (u == 0 || true) (builtins.length [ u u ]) (builtins.seq u 4) (assert u == 0; 5) ((if u == 0 then { a = 6; b = 1; } else { a = 6; c = 1; }).a) (builtins.elem 1 [ u 1 ]) ]
