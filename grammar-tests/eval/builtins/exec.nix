# builtins.exec: each element is evaluated by itself.
[
  (builtins ? exec || true)
  ((builtins.exec or (_: 1)) [ "true" ])
]
