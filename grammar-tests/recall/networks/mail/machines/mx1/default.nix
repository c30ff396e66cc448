# The machine mx1.
{ nodes, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  networking.hosts.${nodes.filter.config.deployment.targetHost} = [ "filter" ];
}
