# A flake of flake-parts modules, one of which is for developers only.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-23.05";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.systems.url = "github:nix-systems/default-linux";
  inputs.treefmt-nix.url = "github:numtide/treefmt-nix";
  outputs = { flake-parts, ... }@inputs:
    flake-parts.lib.mkFlake { inherit inputs; } ({ withSystem, ... }: {
      imports = [ ./module.nix inputs.treefmt-nix.flakeModule ];
      systems = import inputs.systems;
      perSystem = { pkgs, system, config, self', inputs', ... }: {
        packages.default = pkgs.hello;
        packages.name = system;
        other = 1;
      };
      flake.nixosConfigurations.db = withSystem "x86_64-linux" (
        { system, ... }: inputs.nixpkgs.lib.nixosSystem { modules = [ ./hosts/db.nix ]; specialArgs = { inherit system; }; }
      );
      flake.colmena.web = ./hosts/web.nix;
      colmena.hosts.web = { };
    });
}
