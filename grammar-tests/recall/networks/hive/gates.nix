# A gate between two networks.
{ number, address }:
{ lib, ... }:
{
  deployment.targetHost = address;
  deployment.tags = [ "gate" ];
  deployment.hostKeys = [ ];
  networking.hostId = lib.fixedWidthString 8 "0" (toString number);
  boot.kernel.sysctl."net.ipv4.ip_forward" = 1;
}
