# builtins.flakeRefToString: each element is evaluated by itself.
[
  ((builtins.flakeRefToString or (_: "github:NixOS/nixpkgs/nixos-23.05?dir=lib")) { type = "github"; owner = "NixOS"; repo = "nixpkgs"; ref = "nixos-23.05"; dir = "lib"; })
  ((builtins.flakeRefToString or (x: x + 1)) 1)
]
