# The lock was written for another branch than flake.nix names: Nix would lock the input anew.
(builtins.getFlake (toString ../okay/flakes-input/local)).inputs.moved.rev
