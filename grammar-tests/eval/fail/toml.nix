builtins.fromTOML "x = "
