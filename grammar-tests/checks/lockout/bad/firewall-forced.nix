# `mkForce` also replaces the port that NixOS opens for its ssh server.
{
  web = { lib, ... }: {
    deployment.targetHost = "web.internal";
    services.openssh.enable = true;
    networking.firewall.allowedTCPPorts = lib.mkForce [ 80 443 ]; # error
  };
}
