# builtins.derivationStrict: each element is evaluated by itself.
[
  (builtins.derivationStrict { name = "a"; builder = "b"; system = "s"; })
]
