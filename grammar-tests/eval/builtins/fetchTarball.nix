# builtins.fetchTarball: each element is evaluated by itself.
[
  (builtins.fetchTarball "https://example.org/a.tar.gz")
  (builtins.fetchTarball { url = throw "no"; })
  (builtins.fetchTarball 1)
]
