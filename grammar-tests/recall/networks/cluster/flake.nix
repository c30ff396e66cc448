# Thirty machines of one table, as a flake for colmena.
{
  description = "cluster";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.05";
  outputs = { nixpkgs, ... }:
    let
      machines = import ./machines.nix { inherit (nixpkgs) lib; };
    in
    {
      colmena = {
        meta.nixpkgs = import nixpkgs { system = "x86_64-linux"; };
        meta.specialArgs.table = import ./table.nix;
        defaults = ./modules/node.nix;
      } // machines;
    };
}
