# builtins.toJSON: each element is evaluated by itself.
[
  (builtins.toJSON { b = [ 1 2.5 null true ]; a = "x\"y\n"; c = { outPath = "/o"; z = 1; }; d = { __toString = _: "s"; }; })
  (builtins.toJSON [ ])
  (builtins.toJSON (x: x))
  (builtins.toJSON { a = throw "no"; })
  (builtins.toJSON [ builtins.currentTime ])
  (builtins.toJSON ./a)
]
