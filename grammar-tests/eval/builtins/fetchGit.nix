# builtins.fetchGit: each element is evaluated by itself.
[
  (builtins.fetchGit 1)
  ((builtins.fetchGit { url = "https://example.org/a.git"; rev = "0123456789012345678901234567890123456789"; }).outPath)
  (builtins.fetchGit "https://example.org/a.git")
]
