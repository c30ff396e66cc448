# Stands in for src/network/deployment-options.nix: the same options, and those of the real NixOS that an example asks for
# and our tiny nixpkgs lacks.
{ lib, ... }:
{
  imports = [ ./own-options.nix ];
  options.services.postfix.enable = lib.mkOption { default = true; };
}
