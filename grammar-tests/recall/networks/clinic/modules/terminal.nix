# What nurses use.
{ config, lib, ... }:
let
  cfg = config.terminal;
in
{
  options.terminal.room = lib.mkOption {
    type = lib.types.int;
    description = "The room it stands in.";
  };
  config = {
    services.xserver.enable = true;
    networking.extraHosts = "172.16.4.1 core";
    users.motd = "room ${toString cfg.room}";
  };
}
