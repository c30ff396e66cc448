with builtins; map (it: [ (parseFlakeRef it) (flakeRefToString (parseFlakeRef it)) ]) [ "github:NixOS/nixpkgs" "gitlab:a/b/main" "sourcehut:a/b/0123456789012345678901234567890123456789?dir=c/d" ]
