# Builtins on lists.
with builtins; [
  (map (x: x + 1) [ 1 2 ]) (filter (x: x > 1) [ 1 2 3 ]) (foldl' (a: b: a + b) 0 [ 1 2 3 ])
  (sort lessThan [ 3 1 2 ]) (sort (a: b: a.k < b.k) [ { k = 1; v = 1; } { k = 0; v = 2; } { k = 1; v = 3; } ])
  (genList (x: x * x) 4) (elemAt [ 1 2 ] 1) (elem 2 [ 1 2 ]) (length [ 1 2 ]) (head [ 1 ]) (tail [ 1 2 ])
  (concatLists [ [ 1 ] [ 2 ] ]) (concatMap (x: [ x x ]) [ 1 2 ]) (all (x: x) [ ]) (any (x: x) [ false true ])
  (partition (x: x > 1) [ 1 2 3 ]) (groupBy (x: if x > 1 then "big" else "small") [ 1 2 3 ])
  (genericClosure { startSet = [ { key = 1; } ]; operator = x: if x.key < 4 then [ { key = x.key + 1; } { key = 1; } ] else [ ]; })
]
