# Stands in for src/network/deployment-options.nix: the same options, one that shows options of NixOS beside them, and
# those of the real NixOS that an example asks for and our tiny nixpkgs lacks.
{ lib, config, ... }:
{
  imports = [ ./own-options.nix ];
  options.deployment.seen = lib.mkOption { };
  options.services.postfix.enable = lib.mkOption { default = true; };
  config.deployment.seen = { inherit (config.networking) domain hostName; };
}
