# builtins.fetchMercurial: each element is evaluated by itself.
[
  ((builtins.fetchMercurial "https://example.org/a").outPath)
  (builtins.fetchMercurial { })
]
