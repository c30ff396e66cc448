# builtins.concatStringsSep: each element is evaluated by itself.
[
  (builtins.concatStringsSep ", " [ "a" "b" "" ])
  (builtins.concatStringsSep "," [ ])
  (builtins.concatStringsSep "/" [ { outPath = "/x"; } { __toString = _: "y"; } ])
  (builtins.concatStringsSep 1 [ ])
  (builtins.concatStringsSep "," [ 1 ])
  (builtins.concatStringsSep "," "a")
  (builtins.concatStringsSep "," [ "a" builtins.currentTime ])
]
