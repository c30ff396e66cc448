# Two ways to one function: whether Nix shares the value is not part of the language.
let
  s = { f = x: x; };
in
[ s.f ] == [ s.f ]
