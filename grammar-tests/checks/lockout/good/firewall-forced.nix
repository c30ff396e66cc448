# A default is replaced by what NixOS opens; what is forced has the port.
{
  web = { lib, ... }: {
    deployment.targetHost = "web.internal";
    services.openssh.enable = true;
    networking.firewall.allowedTCPPorts = lib.mkDefault [ 80 443 ];
  };
  db = { lib, ... }: {
    deployment.targetHost = "db.internal";
    services.openssh.enable = true;
    networking.firewall.allowedTCPPorts = lib.mkForce [ 22 5432 ];
  };
}
