# The machines of a clinic, as morph deploys them.
let
  pkgs = import <nixpkgs> { };
  ward = import ./ward.nix;
in
{
  network = {
    inherit pkgs;
    description = "clinic";
    ordering.tags = [ "core" "ward" ];
  };

  "core.clinic.test" = { config, pkgs, ... }: {
    imports = [ ./modules/core.nix ];
    deployment = {
      targetHost = "172.16.4.1";
      targetUser = "root";
      tags = [ "core" ];
      secrets.records = {
        source = "/home/admin/records.key";
        destination = "/var/lib/records/key";
        owner.user = "records";
        owner.group = config.users.groups.records.name;
        permissions = "0400";
        action = [ "systemctl" "restart" "records" ];
      };
      healthChecks.http = [
        { scheme = "https"; port = 443; path = "/health"; description = "records answer"; timeout = 4; }
      ];
      healthChecks.cmd = [
        { cmd = [ "true" ]; description = "nothing"; }
      ];
    };
    environment.systemPackages = [ pkgs.vim ];
  };

  "ward1.clinic.test" = ward 1;
  "ward2.clinic.test" = ward 2;
  "ward3.clinic.test" = ward 3;

  "lab.clinic.test" = { lib, ... }: {
    deployment.targetHost = "172.16.4.40";
    deployment.tags = [ "ward" ];
    deployment.substituteOnDestination = lib.mkForce true;
    deployment.preDeployChecks.cmd = [
      { cmd = [ "ping" "-c1" "172.16.4.40" ]; description = "it is on"; timeout = 2; }
    ];
  };
}
