# Conditions and comparisons.
[
  (false -> throw "x") (true || throw "x") (false && throw "x") (!(1 == 2))
  (1 == 1.0) ([ 1 2 ] == [ 1 2 ]) ({ a = 1; } == { a = 2; }) ((x: x) == (x: x))
  ([ 1 2 ] < [ 1 3 ]) ("a" < "b") (1 < 1.5) (null == false)
]
