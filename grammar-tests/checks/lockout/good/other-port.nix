# One of several ports is enough; a port that only the network names is forwarded by somebody; a list may be longer.
{
  web = {
    deployment = { targetHost = "web.internal"; targetPort = 2222; };
    services.openssh = { enable = true; ports = [ 22 2222 ]; };
  };
  guest = {
    deployment = { targetHost = "127.0.0.1"; targetPort = 2222; };
    services.openssh = { enable = true; ports = [ 22 ]; };
  };
  behind = {
    deployment = { targetHost = "router.internal"; targetPort = 2200; };
    services.openssh.enable = true;
  };
  follows = {
    deployment.targetHost = "follows.internal";
    services.openssh = { enable = true; ports = [ 2222 ]; };
  };
  addresses = {
    deployment = { targetHost = "10.0.0.7"; targetPort = 2222; };
    services.openssh = { enable = true; ports = [ 22 ]; listenAddresses = [ { addr = "10.0.0.7"; port = 2222; } ]; };
    networking.firewall.allowedTCPPorts = [ 2222 ];
  };
}
