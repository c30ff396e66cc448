# The tower.
{ pkgs, ... }:
{
  imports = [ ./disks.nix ];
  environment.systemPackages = [ pkgs.git ];
  services.openssh.enable = true;
  boot.loader.systemd-boot.enable = true;
  hardware.bluetooth.enable = true;
  system.stateVersion = "23.11";
}
