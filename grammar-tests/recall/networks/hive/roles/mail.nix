# The mail server.
{ config, lib, ... }:
let
  host = config.networking.hostName;
  domains = [ "nixos.test" "example.test" ];
in
{
  services.postfix = {
    enable = true;
    hostname = "${host}.net.nixos.test";
    destination = domains;
  };
  services.rspamd.enable = lib.mkIf (domains != [ ]) true;
  networking.firewall.allowedTCPPorts = [ 25 465 587 ];
}
