# builtins.parseFlakeRef: each element is evaluated by itself.
[
  ((builtins.parseFlakeRef or (_: { owner = "NixOS"; ref = "nixos-23.05"; repo = "nixpkgs"; type = "github"; })) "github:NixOS/nixpkgs/nixos-23.05")
  ((builtins.parseFlakeRef or (x: x + 1)) 1)
]
