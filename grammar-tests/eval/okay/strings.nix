# Escapes, indentation, interpolation.
[
  "a\n\t\"\\ \${x} $${y} $"
  ''
    one
      two
  ''
  ''  kept ''${"x"} ''' ''\n ''
  "a${"b" + toString 1}c"
  http://example.org/x
  ("x" + "y")
]
