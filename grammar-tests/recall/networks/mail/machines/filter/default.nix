# The machine filter.
{ pkgs, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  environment.systemPackages = [ pkgs.swaks ];
}
