# TOML.
builtins.fromTOML "a = 0x10\nb = 1_000\n[c.d]\ne = [1, 2]\nf = 'x'\n[[g]]\nh = 1.5\n"
