# The machine queue.
{ pkgs, ... }:
{
  imports = [ ./target.nix ./config.nix ];
  environment.systemPackages = [ pkgs.swaks ];
}
