# The machine mx2.
{ nodes, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  networking.hosts.${nodes.filter.config.deployment.targetHost} = [ "filter" ];
}
