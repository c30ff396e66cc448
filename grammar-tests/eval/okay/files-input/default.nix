# Imported by files.nix.
{ value = 1; }
