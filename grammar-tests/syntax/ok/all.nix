# Every construct once.
# nixwright: allow(some-check, other) — because this is a test
{ a, b ? 1, ... }@all:
with a; assert b == 1;
let
  inherit a; inherit (a) c "d"; x.y.z = 1; "quoted name" = 2;
  f = x: y@{ z ? 1 }: if x then y else -z;
in rec {
  l = [ 1 (-2) 3.5 "s" ''i ${x}'' ./p ~/h /abs <search> <a/b> null (f 1) { } a.b a.b or 2 f ];
  op = !a && b || a -> b == 1 // c ++ d + 1 - 2 * 3 / 4;
  cmp = [ (1 < 2) (1 <= 2) (1 > 2) (1 >= 2) (1 != 2) ];
  has = a ? b.${"c"}."d";
  uri = http://example.org/a?b=c;
  path = ./a/${b}/c.nix;
  legacy = let { body = 1; };
  or = 1;
  call = f or;
} /* the end */
