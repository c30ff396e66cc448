# `derivation` is a function written in Nix, unlike the other builtins.
[ derivation (builtins.functionArgs derivation) builtins.derivationStrict ]
