# JSON both ways.
with builtins; [
  (toJSON { a = 1; b = [ true null "x\n\"" 1.5 ]; }) (toJSON { __toString = self: "s"; })
  (fromJSON "{\"a\": [1, 2.5, \"\\u00e9\\ud83d\\ude00\", null, true], \"a b\": {}}") (fromJSON "{\"a\":1,\"a\":2}")
]
