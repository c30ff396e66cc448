import ./encrypted-input.nix
