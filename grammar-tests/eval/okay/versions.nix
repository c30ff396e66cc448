# Versions and package names.
with builtins; [
  (compareVersions "1.0pre" "1.0") (compareVersions "1.10" "1.9") (compareVersions "" "1") (compareVersions "2.3" "2.03")
  (splitVersion "1.2.3pre4-5") (parseDrvName "nix-js-0.12pre") (parseDrvName "a-b-1")
]
