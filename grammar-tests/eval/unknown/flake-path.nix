# Files of a flake have other paths for Nix.
toString (builtins.getFlake (toString ../okay/flakes-input/local)).outPath
