# The machine ldap.
{ pkgs, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  environment.systemPackages = [ pkgs.swaks ];
}
