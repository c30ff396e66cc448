# The machine lists.
{ nodes, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  networking.hosts.${nodes.mx1.config.deployment.targetHost} = [ "mx1" ];
}
