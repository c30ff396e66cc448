# The machine that keeps the records.
{ pkgs, ... }:
{
  users.users.records = { isSystemUser = true; group = "records"; };
  users.groups.records = { };
  systemd.services.records = {
    wantedBy = [ "multi-user.target" ];
    path = [ pkgs.openssl ];
    script = ''
      exec records --port ${toString 443} --home "''${STATE:-/var/lib/records}"
    '';
  };
}
