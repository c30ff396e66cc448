# A run of digits that is no 32-bit integer is a word, and words come before numbers.
[
  (builtins.compareVersions "3000000000" "1")
  (builtins.compareVersions "1.202301011200" "1.5")
  (builtins.compareVersions "2147483648" "2147483647")
  (builtins.compareVersions "3000000000" "pre")
  (builtins.compareVersions "00000000000001" "1")
]
