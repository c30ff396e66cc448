# Ports in `listenAddresses` are not opened in the firewall, and a server on the loopback serves nobody.
{
  web = {
    deployment = { targetHost = "10.0.0.7"; targetPort = 2222; };
    services.openssh = {
      enable = true;
      listenAddresses = [ { addr = "10.0.0.7"; port = 2222; } ]; # error
    };
  };
  db = {
    deployment.targetHost = "10.0.0.8";
    services.openssh = {
      enable = true;
      listenAddresses = [ { addr = "127.0.0.1"; port = 22; } ]; # error
    };
  };
}
