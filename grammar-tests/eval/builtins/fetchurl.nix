# builtins.fetchurl: each element is evaluated by itself.
[
  (builtins.fetchurl "https://example.org/a")
  (builtins.fetchurl 1)
  (builtins.fetchurl { url = "https://example.org/a"; sha256 = throw "no"; })
]
