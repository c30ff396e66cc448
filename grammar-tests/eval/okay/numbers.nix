# Arithmetic, precedence, and how floats are printed.
[ (1 + 2 * 3 - 4 / 2) (7 / 2) (-7 / 2) (7.0 / 2) (1.5 + 1) (0.1 + 0.2) 1.0e10 1.0e-5 123456.789 1234567.0 (- -1) (builtins.ceil 1.5) (builtins.floor (-1.5)) (builtins.bitAnd 12 10) (builtins.bitOr 12 10) (builtins.bitXor 12 10) (builtins.div 7 2) ]
