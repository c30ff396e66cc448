# The place of an attribute is forgotten by mapAttrs, and kept by what only selects or renames.
let
  set = { a = 1; };
  kept = [ (set // { b = 2; }) (removeAttrs (set // { c = 3; }) [ "c" ]) (builtins.intersectAttrs { a = 0; } set) ];
in
{
  kept = map (it: (builtins.unsafeGetAttrPos "a" it).line) kept;
  forgotten = builtins.unsafeGetAttrPos "a" (builtins.mapAttrs (_: it: it) set);
}
