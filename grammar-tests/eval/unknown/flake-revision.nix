# Whether a flake has a revision depends on its repository.
(builtins.getFlake (toString ../okay/flakes-input/local)) ? rev
