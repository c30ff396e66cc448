# builtins.hashString: each element is evaluated by itself.
[
  (map (kind: builtins.hashString kind "abc") [ "md5" "sha1" "sha256" "sha512" ])
  (builtins.hashString "crc" "a")
  (builtins.hashString "md5" 1)
  (builtins.hashString "md5" builtins.currentTime)
]
