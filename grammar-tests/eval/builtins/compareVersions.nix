# builtins.compareVersions: each element is evaluated by itself.
[
  (map (builtins.compareVersions "1.2") [ "1.10" "1.2" "1.1" "1.2pre1" "1.2.0" "1.2a" ])
  (builtins.compareVersions 1 "1")
  (builtins.compareVersions "1" null)
  (builtins.compareVersions "1" builtins.currentTime)
]
