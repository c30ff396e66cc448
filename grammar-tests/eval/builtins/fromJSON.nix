# builtins.fromJSON: each element is evaluated by itself.
[
  (builtins.fromJSON "{\"a\": [1, 2.5, null, true, \"x\\u00e9\"]}")
  (builtins.fromJSON "[]")
  (builtins.fromJSON "{")
  (builtins.fromJSON "[1,]")
  (builtins.fromJSON 1)
  (builtins.fromJSON builtins.currentTime)
]
