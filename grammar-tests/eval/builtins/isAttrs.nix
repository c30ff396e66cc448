# builtins.isAttrs: each element is evaluated by itself.
[
  (map builtins.isAttrs [ { } [ ] "a" null ])
  (builtins.isAttrs (throw "no"))
  (builtins.isAttrs builtins.currentTime)
]
