# A name server.
{ config, ... }:
{
  services.knot.enable = true;
  networking.firewall.allowedUDPPorts = [ 53 ];
  services.knot.settings.server.identity = config.networking.hostName;
}
