# The pi.
{ pkgs, ... }:
{
  imports = [ ./disks.nix ];
  environment.systemPackages = [ pkgs.git ];
  boot.loader.generic-extlinux-compatible.enable = true;
  services.openssh.enable = true;
  system.stateVersion = "23.11";
}
