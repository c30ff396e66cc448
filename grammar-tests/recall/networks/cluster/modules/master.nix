# A master.
{ lib, ... }:
{
  services.kubernetes.roles = lib.mkBefore [ "master" ];
  networking.firewall.allowedTCPPorts = [ 6443 ];
  deployment.healthChecks.tcp = [ { port = 6443; timeout = 5; } ];
}
