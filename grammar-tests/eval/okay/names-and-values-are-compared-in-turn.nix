# The first pair of names that differ decides before the values behind it are looked at.
[
  ({ a = 1; b = throw "not compared"; } == { a = 1; c = 2; })
  ((builtins.fromJSON "-0.0") + (builtins.fromJSON "-0.0"))
]
