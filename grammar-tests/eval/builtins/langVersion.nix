# builtins.langVersion: each element is evaluated by itself.
[
  (builtins.langVersion >= 6)
]
