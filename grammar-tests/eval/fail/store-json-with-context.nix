builtins.fromJSON "${builtins.toFile "a" "1"}"
