# What every machine of the provider has.
{ lib, pkgs, ... }:
with lib;
{
  environment.systemPackages = with pkgs; [ htop tmux ];
  services.openssh.enable = mkDefault true;
  nix.settings.trusted-users = [ "root" "@wheel" ];
}
