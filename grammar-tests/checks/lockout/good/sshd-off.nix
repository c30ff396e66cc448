# The default of a module is replaced, a condition does not hold, and nobody deploys to the third machine.
{
  web = { lib, ... }: {
    imports = [ { services.openssh.enable = lib.mkDefault false; } ];
    deployment.targetHost = "web.internal";
    services.openssh.enable = true;
  };
  db = { lib, ... }: {
    deployment.targetHost = "db.internal";
    services.openssh = lib.mkMerge [ { enable = true; } (lib.mkIf false { enable = lib.mkForce false; }) ];
  };
  laptop = {
    deployment.targetHost = null;
    services.openssh.enable = false;
  };
  # Its own ssh server is another one.
  gate = {
    deployment.targetHost = "gate.internal";
    services.openssh.enable = false;
    services.tailscale.enable = true;
  };
}
