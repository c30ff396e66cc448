# builtins.fetchClosure: each element is evaluated by itself.
[
  ((builtins.fetchClosure or (_: 1)) { fromStore = "https://example.org"; fromPath = "/nix/store/a"; })
]
