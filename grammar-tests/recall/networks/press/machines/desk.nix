# Where they are written.
{ pkgs, edition, ... }:
{
  environment.systemPackages = [ pkgs.libreoffice ];
  environment.variables.EDITION = edition;
}
