# builtins.hashFile: each element is evaluated by itself.
[
  (builtins.hashFile "sha256" ./builtins-input/text)
  (builtins.hashFile "md5" (toString ./builtins-input/text))
  (builtins.hashFile "sha3" ./builtins-input/text)
  (builtins.hashFile "sha256" ./absent)
  (builtins.hashFile "sha256" 1)
  (builtins.hashFile "sha256" ./builtins-input)
]
