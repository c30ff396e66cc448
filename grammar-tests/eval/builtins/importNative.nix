# builtins.importNative: each element is evaluated by itself.
[
  ((builtins.importNative or (a: b: 1)) ./builtins-input/text "f")
]
