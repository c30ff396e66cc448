builtins.appendContext "x" { y = { path = true; }; }
