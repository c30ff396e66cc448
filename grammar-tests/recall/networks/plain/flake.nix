# A private flake with three machines and no tool's output.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = inputs@{ nixpkgs, ... }: {
    nixosConfigurations = nixpkgs.lib.genAttrs [ "tower" "laptop" "pi" ] (name:
      nixpkgs.lib.nixosSystem {
        system = if name == "pi" then "aarch64-linux" else "x86_64-linux";
        specialArgs = { inherit inputs; };
        modules = [ ./hosts/${name} ./profiles/base.nix { networking.hostName = name; } ];
      });
  };
}
