# Keeps what is read.
{ lib, ... }:
{
  services.influxdb.enable = true;
  deployment.keys.admin = { keyCommand = [ "pass" "lab/admin" ]; uploadAt = "post-activation"; };
  deployment.healthChecks.unit = [ { name = "influxdb.service"; } ];
  networking.firewall.allowedTCPPorts = lib.mkAfter [ 8086 ];
}
