# What they share.
{ config, lib, ... }:
{
  deployment.targetUser = "root";
  deployment.privilegeEscalationCommand = [ "sudo" ];
  services.journald.extraConfig = "SystemMaxUse=1G";
  networking.firewall.logRefusedConnections = lib.mkDefault false;
  assertions = [
    { assertion = config.networking.hostName != "localhost"; message = "give it a name"; }
  ];
}
