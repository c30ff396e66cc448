# What queue does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1007 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/queue" ]; user = "postfix"; permissions = "0400"; };
}
