# The shop itself, with options of its own.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.shop;
in
{
  options.shop = {
    port = mkOption { type = types.int; default = 8080; };
    database = mkOption { type = types.str; };
  };
  config = {
    networking.firewall.allowedTCPPorts = [ cfg.port ];
    systemd.services.shop = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${pkgs.shop}/bin/shop --database ${cfg.database}";
    };
  };
}
