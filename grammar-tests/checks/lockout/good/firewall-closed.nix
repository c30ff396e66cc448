# Each has another way through the firewall.
let
  closed = { enable = true; openFirewall = false; };
in
{
  port = {
    deployment.targetHost = "port.internal";
    services.openssh = closed;
    networking.firewall.allowedTCPPorts = [ 22 80 ];
  };
  range = {
    deployment = { targetHost = "range.internal"; targetPort = 2222; };
    services.openssh = closed // { ports = [ 2222 ]; };
    networking.firewall.allowedTCPPortRanges = [ { from = 2000; to = 3000; } ];
  };
  interface = {
    deployment.targetHost = "interface.internal";
    services.openssh = closed;
    networking.firewall.interfaces.lan0.allowedTCPPorts = [ 22 ];
  };
  trusted = {
    deployment.targetHost = "trusted.internal";
    services.openssh = closed;
    networking.firewall.trustedInterfaces = [ "lan0" ];
  };
  rules = {
    deployment.targetHost = "rules.internal";
    services.openssh = closed;
    networking.firewall.extraCommands = "iptables -A nixos-fw -p tcp -s 10.0.0.0/8 --dport 22 -j nixos-fw-accept";
  };
  off = {
    deployment.targetHost = "off.internal";
    services.openssh = closed;
    networking.firewall.enable = false;
  };
  jump = {
    deployment = { targetHost = "jump.internal"; sshOptions = [ "-oProxyJump=gate.internal" ]; };
    services.openssh = closed;
  };
  unknown = { pkgs, ... }: {
    deployment.targetHost = "unknown.internal";
    services.openssh = closed;
    networking.firewall.allowedTCPPorts = [ pkgs.sshPort ];
  };
}
