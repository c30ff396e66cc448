# The machine webmail.
{ nodes, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  networking.hosts.${nodes.imap.config.deployment.targetHost} = [ "imap" ];
}
