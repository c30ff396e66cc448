# What lists does.
{ config, lib, ... }:
let
  name = config.networking.hostName;
  ports = [ 25 1005 ];
in
{
  networking.firewall.allowedTCPPorts = lib.unique ports;
  services.postfix.hostname = "${name}.mail.test";
  deployment.keys.tls = { keyCommand = [ "pass" "mail/lists" ]; user = "postfix"; permissions = "0400"; };
}
