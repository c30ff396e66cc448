# Where old editions lie.
{ lib, ... }:
{
  services.minio.enable = true;
  fileSystems."/editions" = { device = "/dev/disk/by-label/editions"; fsType = "ext4"; };
  networking.firewall.allowedTCPPorts = lib.range 9000 9001;
}
