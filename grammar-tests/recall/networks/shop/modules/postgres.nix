# The database and its nightly backup.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.postgresql;
  keep = 7;
in
{
  services.postgresql = {
    enable = true;
    package = pkgs.postgresql;
    enableTCPIP = true;
  };
  services.postgresqlBackup.enable = true;
  systemd.tmpfiles.rules = [ "d /var/backup 0700 postgres - ${toString keep}d" ];
  networking.hosts = lib.mkIf cfg.enableTCPIP { "10.20.0.10" = [ "db" ]; };
}
