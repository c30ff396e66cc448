# The laptop.
{ pkgs, ... }:
{
  imports = [ ./disks.nix ];
  environment.systemPackages = [ pkgs.git ];
  boot.loader.systemd-boot.enable = true;
  services.tlp.enable = true;
  networking.networkmanager.enable = true;
  system.stateVersion = "23.11";
}
