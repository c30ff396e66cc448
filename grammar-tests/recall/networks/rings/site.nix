# A seat in a ring.
{ config, lib, ... }:
let
  inherit (config.networking) hostName;
in
{
  services.openssh.enable = true;
  services.chrony.enable = lib.mkDefault true;
  deployment.healthChecks.tcp = [ { port = 22; description = "ssh of ${hostName}"; } ];
  deployment.hooks.post.target = [ [ "systemctl" "--failed" ] ];
}
