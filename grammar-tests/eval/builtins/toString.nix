# builtins.toString: each element is evaluated by itself.
[
  (map toString [ 1 (-2) 1.5 true false null "a" ./a [ 1 [ 2 ] true null ] { outPath = "/o"; } { __toString = self: self.x; x = "y"; } ] == [ "1" "-2" "1.500000" "1" "" "" "a" "${toString ./.}/a" "1 2 1 " "/o" "y" ])
  (toString { })
  (toString (x: x))
  (toString { __toString = _: 1; })
  (toString builtins.currentTime)
]
