# The server moves, and the network goes on connecting to the old port.
{
  defaults = {
    services.openssh.enable = true;
    services.openssh.ports = [ 2222 ]; # error
  };
  web.deployment = { targetHost = "web.internal"; targetPort = 22; };
}
