# builtins.scopedImport: each element is evaluated by itself.
[
  (scopedImport { answer = 42; } ./builtins-input/scoped.nix)
  (scopedImport { } ./builtins-input/scoped.nix)
  (scopedImport 1 ./builtins-input/scoped.nix)
  (scopedImport { } ./absent.nix)
  (scopedImport { answer = builtins.currentTime; } ./builtins-input/scoped.nix)
]
