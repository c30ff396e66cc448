# What webmail does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1006 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/webmail" ]; user = "postfix"; permissions = "0400"; };
}
