# What was copied into the store is read where it came from, but for filtered copies, which have less.
let
  folder = "${./store-input}";
in
[
  (builtins.readFile "${folder}/text")
  (builtins.readFile "${./store-input/run}")
  (builtins.readDir folder)
  (builtins.readDir "${folder}/inner/")
  (builtins.pathExists "${folder}/inner/../text")
  (builtins.pathExists "${folder}/none")
  (builtins.hashFile "sha256" "${folder}/inner/binary")
]
