# Builtins on sets.
with builtins; [
  (attrNames { b = 1; a = 2; }) (attrValues { b = 1; a = 2; }) (getAttr "a" { a = 1; }) (hasAttr "b" { a = 1; })
  (removeAttrs { a = 1; b = 2; } [ "a" "c" ]) (listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } ])
  (intersectAttrs { a = 1; } { a = 2; b = 3; }) (catAttrs "a" [ { a = 1; } { b = 2; } { a = 3; } ])
  (mapAttrs (n: v: n + v) { a = "1"; }) (zipAttrsWith (n: vs: vs) [ { a = 1; } { a = 2; b = 3; } ])
]
