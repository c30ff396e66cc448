# builtins.mapAttrs: each element is evaluated by itself.
[
  (builtins.mapAttrs (n: v: n + v) { a = "1"; b = "2"; })
  (builtins.attrNames (builtins.mapAttrs (throw "never") { a = 1; }))
  (builtins.mapAttrs (n: v: v) [ ])
  (builtins.mapAttrs 1 { a = 1; })
  ((builtins.mapAttrs (n: v: v) builtins.currentTime).a)
]
