# What mx1 does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1000 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/mx1" ]; user = "postfix"; permissions = "0400"; };
}
