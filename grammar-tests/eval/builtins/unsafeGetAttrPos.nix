# builtins.unsafeGetAttrPos: each element is evaluated by itself.
[
  ((builtins.unsafeGetAttrPos "a" { a = 1; }).line)
  (builtins.unsafeGetAttrPos "b" { a = 1; })
  (builtins.unsafeGetAttrPos 1 { })
  (builtins.unsafeGetAttrPos "a" 1)
  (builtins.unsafeGetAttrPos "a" builtins.currentTime)
]
