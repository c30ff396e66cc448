# Files beside the case.
[ (import ./files-input) (builtins.readFile ./files-input/text) (builtins.attrNames (builtins.readDir ./files-input)) (builtins.pathExists ./files-input) (builtins.pathExists ./absent) (import ./files-input/default.nix == import ./files-input) (builtins.hashFile "sha256" ./files-input/text) (builtins.scopedImport { given = 3; } ./files-input/scoped.nix) ]
