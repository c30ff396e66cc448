# builtins.toXML: each element is evaluated by itself.
[
  (builtins.toXML { a = [ 1 "b" null ]; })
  (builtins.toXML (throw "no"))
  (builtins.toXML builtins.currentTime)
]
