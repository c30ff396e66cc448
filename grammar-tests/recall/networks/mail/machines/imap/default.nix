# The machine imap.
{ nodes, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  networking.hosts.${nodes.ldap.config.deployment.targetHost} = [ "ldap" ];
}
