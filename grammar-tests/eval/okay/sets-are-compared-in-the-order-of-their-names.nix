# The first difference decides, and names come in the order in which Nix met them: `name` before all others.
[
  ({ a = throw "not compared"; name = 1; } == { a = 2; name = 3; })
  ({ zebra = 1; aardvark = throw "not compared"; } == { zebra = 2; aardvark = 1; })
]
