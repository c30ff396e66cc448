# In lists and sets Nix finds a function equal to itself where it is one shared value, and nowhere else.
let
  f = x: x;
  s = { f = x: x; };
in
[
  (builtins.elem f [ f ])
  ([ f ] == [ f ])
  ({ a = f; } == { a = f; })
  ((g: [ g ] == [ f ]) f)
  (s == s)
  ([ s ] == [ s ])
  (builtins.elem s [ s ])
  (f == f)
  ([ (x: x) ] == [ (x: x) ])
  (builtins.elem (x: x) [ (x: x) ])
]
