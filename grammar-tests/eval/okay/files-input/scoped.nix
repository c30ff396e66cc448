# Imported by files.nix with a name from outside.
given + 1
