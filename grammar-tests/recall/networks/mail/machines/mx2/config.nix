# What mx2 does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1001 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/mx2" ]; user = "postfix"; permissions = "0400"; };
}
