# An address without a port has those of the server; a tunnel ends at the loopback.
{
  web = {
    deployment = { targetHost = "10.0.0.7"; targetPort = 2222; };
    services.openssh = { enable = true; ports = [ 2222 ]; listenAddresses = [ { addr = "10.0.0.7"; } ]; };
  };
  db = {
    deployment.targetHost = "10.0.0.8";
    services.openssh = { enable = true; listenAddresses = [ { addr = "127.0.0.1"; port = 22; } ]; };
    services.cloudflared.enable = true;
  };
}
