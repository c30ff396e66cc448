# A terminal in a ward.
number:
{ lib, ... }:
let
  room = number * 100;
in
{
  imports = [ ./modules/terminal.nix ];
  deployment.targetHost = "172.16.5.${toString number}";
  deployment.tags = [ "ward" ];
  terminal.room = room;
  networking.hostName = lib.mkForce "ward${toString number}";
}
