# An input of the flake above it.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  outputs = { self, nixpkgs }: { lib.one = 1; lib.rev = nixpkgs.rev; };
}
