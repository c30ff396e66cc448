# Files and texts in the store: whole folders, filters, hashes that are given, references.
let
  inherit (builtins) path filterSource toFile;
  folder = ./store-input;
  one = toFile "one" "text";
  two = toFile "two.nix" "{ refers = \"${one}\"; also = \"${./store-input/text}\"; }";
in
[
  "${folder}"
  "${./store-input/run}/x"
  "${./store-input/link}"
  "${./store-input/inner/dangling}"
  (path { path = folder; })
  (path { path = ./store-input/inner; name = "renamed"; })
  (path { path = ./store-input/text; recursive = false; })
  (path { path = ./store-input/text; recursive = false; name = "flat"; })
  (path { path = toString ./store-input + "//inner/../run"; })
  (path { path = folder; name = "filtered"; filter = path: type: type != "symlink" && baseNameOf path != "inner"; })
  (path { path = folder; name = "flat-and-filtered"; filter = path: type: type == "directory"; })
  (filterSource (path: type: type == "regular") folder)
  (filterSource (_: _: true) ./store-input/run)
  (toString folder == toString ./. + "/store-input")
  one
  two
  (import two).refers
  (builtins.readFile one)
  (builtins.pathExists one)
  (builtins.toJSON { inherit folder; })
  (builtins.placeholder "out")
  (builtins.placeholder "dev")
  (builtins.hashFile "sha256" ./store-input/inner/binary)
  (builtins.hashFile "md5" ./store-input/run)
  (builtins.storePath "/nix/store/qfkky749lrmj2dp344zy406v2gngrnnh-name")
  (map builtins.getContext [ two "${folder}/x" (builtins.toJSON [ folder one ]) ])
]
