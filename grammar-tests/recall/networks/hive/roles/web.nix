# A web server.
{ lib, ... }:
{
  services.nginx.enable = true;
  services.nginx.recommendedTlsSettings = lib.mkDefault true;
  networking.firewall.allowedTCPPorts = [ 80 443 ];
}
