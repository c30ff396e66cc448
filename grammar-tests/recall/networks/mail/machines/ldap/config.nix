# What ldap does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1004 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/ldap" ]; user = "postfix"; permissions = "0400"; };
}
